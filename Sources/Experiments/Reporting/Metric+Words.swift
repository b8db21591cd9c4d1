import Training

extension Metric {
  /// The heading in tables.
  var title: String {
    switch self {
    case .auc: "AUC"
    case .gauc: "GAUC"
    case .logLoss: "Log loss"
    case .copc: "COPC"
    case .ece: "ECE"
    }
  }

  /// What the value is and which values are good, in words.
  var explanation: String {
    switch self {
    case .auc: "area under the ROC curve; higher is better"
    case .gauc: "mean AUC within groups; higher is better"
    case .logLoss: "mean cross-entropy in nats; lower is better"
    case .copc: "clicks over predicted clicks; 1 is best"
    case .ece: "expected calibration error; lower is better"
    }
  }
}
