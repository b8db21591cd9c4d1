import Ranking

extension TrainingProgress {
  /// The progress as stored in checkpoints.
  var configuration: ConfigurationValue {
    .object([
      "step": .integer(step),
      "rowCount": .integer(rowCount),
      "trainingSeconds": .number(trainingSeconds),
      "processorSeconds": .number(processorSeconds),
      "bestValue": stopping.bestValue?.configuration ?? .null,
      "bestStep": .integer(stopping.bestStep),
      "badCount": .integer(stopping.badCount),
      "bestGrid": bestGrid?.configuration ?? .null,
      "curve": .list(curve.map(\.configuration)),
      "lossStepCount": .integer(losses.stepCount),
      "lossSums": losses.sums.configuration,
    ])
  }

  /// Reads what ``configuration`` wrote.
  ///
  /// - Throws: ``ConfigurationError``.
  init(configuration: ConfigurationValue) throws {
    step = try configuration.member("step")
    rowCount = try configuration.member("rowCount")
    trainingSeconds = try configuration.member("trainingSeconds")
    processorSeconds = try configuration.member("processorSeconds")
    stopping = EarlyStopping(
      bestValue: try configuration.optionalMember("bestValue"),
      bestStep: try configuration.member("bestStep"),
      badCount: try configuration.member("badCount"))
    if let grid = configuration["bestGrid"], grid != .null {
      bestGrid = try MetricGrid(configuration: grid)
    }
    curve = try configuration.memberList("curve").map(CurvePoint.init(configuration:))
    losses = LossSums(
      stepCount: try configuration.member("lossStepCount"),
      sums: try LossTerms(configuration: configuration["lossSums"] ?? .null))
  }
}

extension ConfigurationValue {
  /// Returns a member of an object.
  ///
  /// - Throws: ``ConfigurationError`` where it is missing or of another type.
  func member<Value: ConfigurationConvertible>(_ key: String) throws -> Value {
    guard let value: Value = try optionalMember(key) else {
      throw ConfigurationError("'\(key)' is missing")
    }
    return value
  }

  /// Returns a member of an object, or nil where it is null or missing.
  ///
  /// - Throws: ``ConfigurationError`` where it is of another type.
  func optionalMember<Value: ConfigurationConvertible>(_ key: String) throws -> Value? {
    guard let found = self[key], found != .null else { return nil }
    guard let value = Value(configuration: found) else {
      throw ConfigurationError("'\(key)' is \(found.description), but must be \(Value.accepted)")
    }
    return value
  }

  /// Returns a member that is a list.
  ///
  /// - Throws: ``ConfigurationError`` where it is missing or of another type.
  func memberList(_ key: String) throws -> [ConfigurationValue] {
    guard case .list(let values)? = self[key] else {
      throw ConfigurationError("'\(key)' is no list")
    }
    return values
  }
}
