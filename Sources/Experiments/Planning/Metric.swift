/// A quality of predictions that tables show.
public enum Metric: String, Sendable, CaseIterable {
  /// The area under the ROC curve.
  case auc
  /// The mean of the groups' AUC.
  case gauc
  /// The mean negative log-likelihood, in nats.
  case logLoss = "log-loss"
  /// The sum of predictions over the sum of labels.
  case calibration

  /// Which values are good.
  public enum Direction: Sendable { case higher, lower, none }

  /// Which values are good.
  public var direction: Direction {
    switch self {
    case .auc, .gauc: .higher
    case .logLoss: .lower
    case .calibration: .none
    }
  }

  /// The heading in tables.
  public var title: String {
    switch self {
    case .auc: "AUC"
    case .gauc: "GAUC"
    case .logLoss: "Log loss"
    case .calibration: "Calibration"
    }
  }

  /// What the value is and which values are good, in words.
  public var explanation: String {
    switch self {
    case .auc: "area under the ROC curve, higher is better"
    case .gauc: "mean AUC over groups, higher is better"
    case .logLoss: "mean negative log-likelihood in nats, lower is better"
    case .calibration: "predicted over observed positives, 1 is best"
    }
  }
}
