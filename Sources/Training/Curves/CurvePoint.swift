import Configuration

/// One evaluation during training: a point of all curves.
public struct CurvePoint: Sendable, Equatable {
  /// A named validation measure.
  public struct Measure: Sendable, Equatable {
    /// The name.
    public var name: MetricName
    /// The value; nil if undefined.
    public var value: Double?
  }

  /// The optimizer steps done.
  public var step: Int
  /// The number of epochs done.
  public var epoch: Double
  /// The learning rate of the last step.
  public var learningRate: Double
  /// The means of the loss terms over the steps since the previous evaluation.
  public var loss: LossTerms
  /// The validation measures, sorted by name: the macro mean and pooled mean of ``Metric/auc``,
  /// ``Metric/gauc``, ``Metric/logLoss``, ``Metric/copc`` and ``Metric/ece``, the mean and pooled
  /// value of every task, and the monitored metric.
  public var validation: [Measure]

  /// Returns a validation measure; nil if it is undefined or not part of curves.
  public func value(of name: MetricName) -> Double? {
    validation.first { $0.name == name }?.value
  }
}

extension CurvePoint {
  /// The point as stored in `curves.jsonl` and checkpoints; undefined measures are null.
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

  /// Creates a point from ``configuration``; measures are sorted by name.
  ///
  /// - Throws: ``Diagnostic``.
  public init(configuration: ConfigurationValue) throws {
    let fields = try ConfigurationFields(configuration)
    let measures = try ConfigurationFields(fields.value("validation"))
    self.init(
      step: try fields("step"), epoch: try fields("epoch"),
      learningRate: try fields("learningRate"),
      loss: try LossTerms(configuration: fields.value("loss")),
      validation: try measures.keys.map { name in
        Measure(name: try MetricName(name), value: try measures.optional(name))
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

  /// Creates terms from ``configuration``.
  ///
  /// - Throws: ``Diagnostic``.
  public init(configuration: ConfigurationValue) throws {
    let fields = try ConfigurationFields(configuration)
    func list(_ key: String) throws -> [Auxiliary] {
      try fields.list(key).map {
        let fields = try ConfigurationFields($0)
        return Auxiliary(name: try fields("name"), value: try fields("value"))
      }
    }
    self.init(
      total: try fields("total"), crossEntropy: try fields("crossEntropy"),
      auxiliary: try list("auxiliary"),
      balance: configuration["balance"] == nil ? [] : try list("balance"))
  }
}

/// Curves as JSON lines, one evaluation per line.
///
/// The whole file is replaced at every evaluation, so it never contains a partial line, or a
/// duplicate point after a run is resumed.
public enum CurveFile {
  /// Writes the points of a curve, in full or not at all.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  public static func write(_ curve: [CurvePoint], to path: String) throws {
    let lines = curve.map { $0.configuration.canonicalJSON + "\n" }
    try AtomicFile.write(path, bytes: lines.joined().utf8)
  }

  /// Reads the points of a curve.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the line.
  public static func read(_ path: String) throws -> [CurvePoint] {
    let text = String(decoding: try AtomicFile.read(path), as: UTF8.self)
    return try text.split(separator: "\n").enumerated().map { index, line in
      try locating("\(path):\(index + 1)") {
        try CurvePoint(configuration: ConfigurationValue(json: String(line)))
      }
    }
  }
}
