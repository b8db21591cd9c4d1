import Ranking

/// The update rules.
public enum OptimizerKind: String, ConfigurationChoice {
  /// Gradient descent, with momentum unless that is 0.
  case sgd
  /// Adam with L2 weight decay inside the gradient.
  case adam
  /// Adam with decoupled weight decay.
  case adamw
  /// Adagrad with L2 weight decay inside the gradient.
  case adagrad
}

extension UpdateOptions {
  /// The update rule that the options describe.
  var updateRule: any UpdateRule {
    switch optimizer {
    case .sgd: SGD(momentum: momentum)
    case .adam: Adam(beta1: beta1, beta2: beta2, epsilon: epsilon, isDecoupled: false)
    case .adamw: Adam(beta1: beta1, beta2: beta2, epsilon: epsilon, isDecoupled: true)
    case .adagrad: Adagrad(epsilon: epsilon)
    }
  }
}
