import Ranking

/// A measure of predictions against labels.
public enum Metric: String, ConfigurationChoice {
  /// The probability that a positive row is scored above a negative one; see
  /// ``areaUnderCurve(scores:labels:)``.
  case auc
  /// The mean of AUCs within groups; see
  /// ``groupedAreaUnderCurve(scores:labels:groups:)``.
  case gauc
  /// The mean cross-entropy in nats; see ``MetricCell/logLoss``.
  case logLoss
  /// Clicks over predicted clicks, 1 where calibrated; see ``MetricCell/copc``.
  case copc
  /// The expected calibration error; see ``MetricCell/ece``.
  case ece

  /// Whether more is better, or nil where neither more nor less is.
  public var higherIsBetter: Bool? {
    switch self {
    case .auc, .gauc: true
    case .logLoss, .ece: false
    case .copc: nil
    }
  }

  /// The values that it can have.
  var range: ClosedRange<Double> {
    switch self {
    case .auc, .gauc, .ece: 0...1
    case .logLoss, .copc: 0...Double.greatestFiniteMagnitude
    }
  }
}
