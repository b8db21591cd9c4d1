import Configuration
import Tabular

/// Settings as given on command lines: `name=value`, with the value as in YAML.
struct SettingAssignments {
  /// The values by name.
  private(set) var values: [String: ConfigurationValue] = [:]

  /// Parses assignments.
  ///
  /// - Throws: ``Diagnostic`` for an assignment not of that form, or a name given twice.
  init(parsing assignments: [String]) throws {
    for assignment in assignments {
      let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw Diagnostic("'\(excerpt(assignment))' is not of the form name=value")
      }
      let name = String(parts[0])
      guard values[name] == nil else { throw Diagnostic("'\(name)' is set twice") }
      values[name] = try locating(name) { try ConfigurationValue(yaml: String(parts[1])) }
    }
  }

  /// Returns the settings of the model and those of the trainer.
  ///
  /// A name that both have needs the prefix `model.` or `training.`.
  ///
  /// - Throws: ``Diagnostic`` for a name that neither has, or both.
  func divided(model: [String], training: [String]) throws -> (
    model: [String: ConfigurationValue], training: [String: ConfigurationValue]
  ) {
    var result: (model: [String: ConfigurationValue], training: [String: ConfigurationValue]) =
      ([:], [:])
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      let bare = String(name.split(separator: ".", maxSplits: 1).last ?? "")
      let isModel = name == "model.\(bare)" || (name == bare && model.contains(bare))
      let isTraining = name == "training.\(bare)" || (name == bare && training.contains(bare))
      switch (isModel, isTraining) {
      case (true, false): result.model[bare] = value
      case (false, true): result.training[bare] = value
      case (true, true):
        throw Diagnostic(
          "both the model and the trainer have '\(name)'; write model.\(name) or training.\(name)")
      case (false, false):
        throw Diagnostic.unknown("hyper-parameter", name, accepted: model + training)
      }
    }
    return result
  }
}
