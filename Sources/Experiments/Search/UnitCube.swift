import Configuration

/// The settings that a search varies, each as a dimension of the unit cube.
///
/// A dimension precedes those whose conditions refer to it. A setting that the row fixes is not a
/// dimension.
struct UnitCube: Sendable {
  /// The dimensions.
  let dimensions: [SearchDimension]

  private let hasConditions: Bool
  private let row: ExperimentRow
  private let space: SearchSpace

  /// Creates the cube of a row's search space.
  ///
  /// - Throws: ``Diagnostic`` if the defaults do not fit together.
  init(_ row: ExperimentRow, _ space: SearchSpace) throws {
    self.row = row
    self.space = space
    let found =
      try Self.dimensions(
        of: .model, space.model, fixed: row.settings, searched: row.search.model)
      + Self.dimensions(
        of: .training, space.training, fixed: row.training, searched: row.search.training)
    var ordered: [SearchDimension] = []
    var seen: Set<String> = []
    func add(_ dimension: SearchDimension) {
      guard seen.insert(dimension.key).inserted else { return }
      for condition in dimension.conditions {
        found.first { $0.owner == dimension.owner && $0.name == condition.setting }.map(add)
      }
      ordered.append(dimension)
    }
    found.forEach(add)
    dimensions = ordered
    hasConditions = ordered.contains { !$0.conditions.isEmpty }
  }

  private static func dimensions(
    of owner: SearchDimension.Owner, _ schema: SettingsSchema, fixed: [String: ConfigurationValue],
    searched: [String: SearchedSetting]
  ) throws -> [SearchDimension] {
    let defaults = try schema.resolve([:])
    return schema.names.compactMap { name in
      guard fixed[name] == nil,
        let setting = searched[name] ?? schema.searchSpace[name].map({ SearchedSetting($0) })
      else { return nil }
      return SearchDimension(
        owner: owner, name: name, setting, default: defaults[name], schema: schema)
    }
  }

  /// Values chosen for the settings of the model and of the trainer.
  struct Choices: Sendable {
    var model: [String: ConfigurationValue] = [:]
    var training: [String: ConfigurationValue] = [:]

    fileprivate subscript(_ owner: SearchDimension.Owner) -> [String: ConfigurationValue] {
      get { owner == .model ? model : training }
      set { if owner == .model { model = newValue } else { training = newValue } }
    }
  }

  /// Returns the choices with a value for every dimension whose conditions hold.
  func choices(_ value: (Int, SearchDimension) throws -> ConfigurationValue) rethrows -> Choices {
    var result = Choices()
    for (index, dimension) in dimensions.enumerated()
    where dimension.conditions.allSatisfy({ $0.holds(in: result[dimension.owner]) }) {
      result[dimension.owner][dimension.name] = try value(index, dimension)
    }
    return result
  }

  /// Returns the choices at a point.
  func choices(at point: [Double]) -> Choices { choices { $1.value(at: point[$0]) } }

  /// Returns the trial with the row's fixed settings, the choices, and otherwise defaults.
  ///
  /// - Throws: ``Diagnostic`` if settings are incompatible, or if a trial other than trial 0 violates
  ///   a constraint of the search.
  func trial(_ number: Int, _ choices: Choices = Choices()) throws -> Trial {
    let trial = try space.trial(
      number, of: row, settings: choices.model, training: choices.training)
    if number > 0, let violation = space.refusal(of: trial) {
      throw Diagnostic("the trial \(violation)")
    }
    return trial
  }

  /// Returns the trial at a computed point, with coordinates rounded to 2^-16, so that last bits, in
  /// which processors differ, do not decide about the identity of a run.
  ///
  /// - Throws: ``Diagnostic`` if settings are incompatible.
  func trial(_ number: Int, near point: [Double]) throws -> Trial {
    try trial(number, choices(at: point.map { ($0 * 0x1p16).rounded() * 0x1p-16 }))
  }

  /// Returns a point as a trial at it has it: every place where its value lies, nil for dimensions
  /// whose conditions do not hold.
  func places(at point: [Double]) -> [Double?] {
    guard hasConditions else { return dimensions.indices.map { dimensions[$0].settled(point[$0]) } }
    var places = [Double?](repeating: nil, count: dimensions.count)
    _ = choices { index, dimension in
      places[index] = dimension.settled(point[index])
      return dimension.value(at: point[index])
    }
    return places
  }

  /// Returns the places of a trial's settings; nil for dimensions whose conditions do not hold, and
  /// for values that are not in the list that is searched.
  func places(of trial: Trial) -> [Double?] {
    dimensions.map { dimension in
      let settings = dimension.owner == .model ? trial.settings : trial.training
      guard dimension.conditions.allSatisfy({ $0.holds(in: settings) }) else { return nil }
      return dimension.place(of: settings[dimension.name])
    }
  }
}
