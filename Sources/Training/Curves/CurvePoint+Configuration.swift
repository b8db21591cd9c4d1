import Ranking

extension CurvePoint {
  /// The point as stored in `curves.jsonl` and checkpoints; a measure that is not defined is
  /// null.
  public var configuration: ConfigurationValue {
    .object([
      "step": .integer(step),
      "epoch": .number(epoch),
      "learningRate": .number(learningRate),
      "loss": loss.configuration,
      "validation": .object(
        Dictionary(
          validation.map { ($0.name.description, $0.value?.configuration ?? .null) }
        ) { $1 }),
    ])
  }

  /// Reads what ``configuration`` wrote; measures come in the order of their names.
  ///
  /// - Throws: ``ConfigurationError``.
  public init(configuration: ConfigurationValue) throws {
    guard case .object(let measures)? = configuration["validation"] else {
      throw ConfigurationError("'validation' is no object")
    }
    self.init(
      step: try configuration.member("step"), epoch: try configuration.member("epoch"),
      learningRate: try configuration.member("learningRate"),
      loss: try LossTerms(configuration: configuration["loss"] ?? .null),
      validation: try measures.keys.sorted().map { name in
        Measure(
          name: try MetricName(name),
          value: try configuration["validation"]?.optionalMember(name))
      })
  }
}

extension LossTerms {
  /// The terms as stored in curves.
  public var configuration: ConfigurationValue {
    func list(_ terms: [Auxiliary]) -> ConfigurationValue {
      .list(terms.map { .object(["name": .string($0.name), "value": .number($0.value)]) })
    }
    var members: [String: ConfigurationValue] = [
      "total": .number(total), "crossEntropy": .number(crossEntropy), "auxiliary": list(auxiliary),
    ]
    if !balance.isEmpty { members["balance"] = list(balance) }
    return .object(members)
  }

  /// Reads what ``configuration`` wrote.
  ///
  /// - Throws: ``ConfigurationError``.
  public init(configuration: ConfigurationValue) throws {
    func list(_ key: String) throws -> [Auxiliary] {
      try configuration.memberList(key).map {
        Auxiliary(name: try $0.member("name"), value: try $0.member("value"))
      }
    }
    self.init(
      total: try configuration.member("total"),
      crossEntropy: try configuration.member("crossEntropy"), auxiliary: try list("auxiliary"),
      balance: configuration["balance"] == nil ? [] : try list("balance"))
  }
}
