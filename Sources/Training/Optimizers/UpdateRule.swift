import Configuration

/// How one optimizer changes weights, given their gradient and its own state.
protocol UpdateRule: Sendable {
  /// The name in checkpoints, such as `adam`.
  var name: String { get }

  /// The names of the tensors of state that every parameter has, all zeros at the start.
  var slotNames: [String] { get }

  /// Updates one block.
  ///
  /// - Parameters:
  ///   - block: The weights, state and gradient.
  ///   - step: The number of this step, counted from 1.
  ///   - learningRate: The step size.
  ///   - weightDecay: The decay of these weights.
  ///   - scale: What the gradient is to be multiplied by first.
  func update(
    _ block: UpdateBlock, step: Int, learningRate: Double, weightDecay: Double, scale: Float)
}

/// Rows of a parameter with their state and gradient.
///
/// Row `r` of the gradient belongs to row `indices[r]` of the weights and of every slot, or to row
/// `r` where `indices` is nil.
struct UpdateBlock {
  var weights: UnsafeMutablePointer<Float>
  var slots: [UnsafeMutablePointer<Float>]
  var gradient: UnsafePointer<Float>
  var indices: UnsafePointer<Int32>?
  var rows: Int
  var columns: Int
}

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
