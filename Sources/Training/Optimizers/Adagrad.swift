import CNumerics
import Configuration
import Ranking

/// Gradient descent with a step size that decreases with the squares of past gradients.
///
///     g ← scale · gradient + weightDecay · w
///     sum ← sum + g²
///     w ← w - learningRate · g / (sqrt(sum) + epsilon)
///
/// Source: Duchi, Hazan, Singer, JMLR 12 (2011); the same as PyTorch's `Adagrad` without learning
/// rate decay.
struct Adagrad: UpdateRule {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "adagrad", title: "Adagrad",
    paper: "Duchi et al., Adaptive subgradient methods for online learning and stochastic "
      + "optimization, JMLR 12, 2011")

  private let epsilon: Double

  init(_ hyperparameters: Hyperparameters, options: UpdateOptions) { epsilon = options.epsilon }

  var stateNames: [String] { ["sum"] }

  func update(_ block: UpdateBlock, in step: UpdateStep) {
    var rule = ck_adagrad_rule(
      scale: step.gradientScale, l2: Float(step.weightDecay), rate: Float(step.learningRate),
      epsilon: Float(epsilon))
    ck_adagrad(
      block.weights, block.state[0], block.gradient, block.indices, block.rows, block.columns, &rule
    )
  }
}
