import CNumerics
import Configuration
import Ranking

/// Gradient descent with momentum (Polyak's heavy ball).
///
///     g ← scale · gradient + weightDecay · w
///     velocity ← momentum · velocity + g
///     w ← w - learningRate · velocity
///
/// Source: Polyak, USSR Comp. Math. 4 (1964); the same as PyTorch's `SGD` without dampening.
struct SGD: UpdateRule {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "sgd", title: "SGD",
    paper: "Polyak, Some methods of speeding up the convergence of iteration methods, "
      + "USSR Computational Mathematics 4, 1964")

  private let momentum: Double

  init(_ hyperparameters: Hyperparameters, options: UpdateOptions) { momentum = options.momentum }

  var stateNames: [String] { momentum == 0 ? [] : ["velocity"] }

  func update(_ block: UpdateBlock, in step: UpdateStep) {
    var rule = ck_sgd_rule(
      scale: step.gradientScale, l2: Float(step.weightDecay), rate: Float(step.learningRate),
      momentum: Float(momentum))
    ck_sgd(
      block.weights, block.state.first, block.gradient, block.indices, block.rows, block.columns,
      &rule)
  }
}
