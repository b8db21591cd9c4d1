import Configuration
import Experiments
import Foundation

/// Runs as lines, with fields as columns.
struct RunListing {
  private let runs: [StoredRun]
  private let columns: [RunField]

  /// Chooses the columns and the order.
  ///
  /// - Parameters:
  ///   - columns: The names of fields, separated by commas; nil for the usual ones.
  ///   - sort: The field to sort by; nil for the order in which the runs were found.
  /// - Throws: ``Diagnostic`` for an unknown field.
  init(of runs: [StoredRun], columns: String?, sort: String?, descending: Bool) throws {
    let names =
      columns?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      ?? Self.usualColumns(of: runs)
    guard !names.isEmpty else {
      throw Diagnostic("--columns is empty, but must name fields, such as id,seed,test.auc/macro")
    }
    self.columns = try names.map { name in
      try locating("--columns") { try RunField(name, among: runs) }
    }
    guard let sort else {
      self.runs = runs
      return
    }
    let key = try locating("--sort") { try RunField(sort, among: runs) }
    let keyed = runs.enumerated().map { (index: $0, run: $1, key: key.values(of: $1).first) }
    self.runs = keyed.sorted { a, b in
      guard let first = a.key, let second = b.key else { return a.key != nil && b.key == nil }
      if first == second { return a.index < b.index }
      return descending ? second.isBefore(first) : first.isBefore(second)
    }.map(\.run)
  }

  /// The identity, the most usual metrics, and the settings that differ between runs of the same
  /// model; state and purpose only if they tell runs apart.
  private static func usualColumns(of runs: [StoredRun]) -> [String] {
    let hasPlaces = runs.contains { !$0.places.isEmpty }
    let purposes = Set(runs.flatMap(\.places).map(\.purpose))
    var names = ["id"]
    if runs.contains(where: { $0.state != .done }) { names.append("state") }
    names.append(hasPlaces ? "row" : "model")
    if purposes.count > 1 { names.append("purpose") }
    names += ["seed", "test.auc/macro", "validation.auc/macro"]
    if hasPlaces { names.append("model") }
    return names
      + RunField.settingNames(of: runs).filter { name in
        guard let field = try? RunField(name, among: runs) else { return false }
        let ofModels = Dictionary(grouping: runs, by: \.configuration.model)
        return ofModels.values.contains { runs in
          Set(runs.flatMap { field.values(of: $0) }.map(\.canonicalJSON)).count > 1
        }
      }
  }

  /// The runs with all digits: a heading and a line per run, with tabs between the columns.
  var tabSeparated: String {
    let lines = runs.map { run in
      columns.map { visibleText($0.values(of: run).map(\.description).joined(separator: ", ")) }
    }
    return ([columns.map(\.name)] + lines).reduce(into: "") {
      $0 += $1.joined(separator: "\t") + "\n"
    }
  }

  /// The runs as a list of objects; a field without value is null, one with several is a list.
  var value: ConfigurationValue {
    .list(
      runs.map { run in
        .object(
          Dictionary(
            columns.map { field in
              let values = field.values(of: run)
              return (field.name, values.count > 1 ? .list(values) : values.first ?? .null)
            }
          ) { first, _ in first })
      })
  }

  /// The runs as a table of at most `width` columns, from which fields on the right are left out,
  /// and the number of runs.
  func table(width: Int) -> String {
    let cells = runs.map { run in
      columns.map { field in
        field.values(of: run).map { shown($0, of: field) }.joined(separator: ", ")
      }
    }
    var shownCount = columns.count
    var text = ""
    repeat {
      // The part before the point is the same in many headings and known from the rest.
      var table = TextTable(columns.prefix(shownCount).map(heading))
      for row in cells { table.add(Array(row.prefix(shownCount))) }
      text = table.text
      shownCount -= 1
    } while shownCount > 0 && text.split(separator: "\n").contains { $0.count > width }
    let left = columns.dropFirst(shownCount + 1).map(\.name)
    let note = left.isEmpty ? "" : "; too wide for: \(left.joined(separator: ", "))"
    return text + "\n\n" + wrapped("\(counted(runs.count, "run"))\(note)", width: width, hanging: 2)
  }

  private func heading(_ field: RunField) -> String {
    for prefix in ["settings.", "training."] where field.name.hasPrefix(prefix) {
      return String(field.name.dropFirst(prefix.count))
    }
    return field.name
  }

  private func shown(_ value: ConfigurationValue, of field: RunField) -> String {
    switch (value, field.name) {
    case (.string(let text), "id"), (.string(let text), "dataset"): String(text.prefix(12))
    case (.string(let text), "commit"): String(text.prefix(8))
    case (.string(let text), _): excerpt(text, limit: 40)
    case (.number(let number), _)
    where field.name.hasPrefix("test.") || field.name.hasPrefix("validation."):
      fourDigits(number)
    default: value.description
    }
  }
}

extension ConfigurationValue {
  /// Whether a value comes before another: numbers by size, then texts by letters, then others.
  fileprivate func isBefore(_ other: ConfigurationValue) -> Bool {
    let (a, b) = (Double(configuration: self), Double(configuration: other))
    if let a, let b { return a < b }
    if (a == nil) != (b == nil) { return a != nil }
    return description < other.description
  }
}
