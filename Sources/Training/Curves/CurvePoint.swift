import Ranking

/// One evaluation during training: a point of all curves.
public struct CurvePoint: Sendable, Equatable {
  /// A named validation measure.
  public struct Measure: Sendable, Equatable {
    /// The name.
    public var name: MetricName
    /// The value; nil where it is not defined.
    public var value: Double?
  }

  /// The optimizer steps done.
  public var step: Int
  /// The same in epochs.
  public var epoch: Double
  /// The learning rate of the last step.
  public var learningRate: Double
  /// The means of the loss terms over the steps since the evaluation before.
  public var loss: LossTerms
  /// Validation measures in the order of their names: the macro mean and pooled mean of
  /// ``Metric/auc``, ``Metric/gauc``, ``Metric/logLoss``, ``Metric/copc`` and ``Metric/ece``, every task's,
  /// and the watched one.
  public var validation: [Measure]

  /// Returns a validation measure; nil where it is not defined, or not among those of curves.
  public func value(of name: MetricName) -> Double? {
    validation.first { $0.name == name }?.value
  }
}
