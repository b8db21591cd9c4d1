import Configuration
import Ranking

/// Steps of equal size in the direction of the sign of a momentum (evolved sign momentum).
///
///     u ← sign(beta1 · m + (1 - beta1) · g),   g = scale · gradient,   sign(0) = 0
///     m ← beta2 · m + (1 - beta2) · g
///     w ← w - learningRate · (u + weightDecay · w)
///
/// Every weight moves by the learning rate, which should thus be a third to a tenth of Adam's, with
/// weight decay larger by the same factor. The state is half the size of Adam's, which matters for
/// embedding tables.
///
/// Source: Chen et al., Symbolic discovery of optimization algorithms, NeurIPS 2023, algorithm 2.
struct Lion: UpdateRule {
  struct Hyperparameters: HyperparameterSet {
    @Setting("The share of the momentum in the direction of a step.", in: 0...0.9999)
    var beta1 = 0.9
    @Setting("The decay of the momentum.", in: 0...0.9999)
    var beta2 = 0.99
  }

  static let card = MethodCard(
    id: "lion", title: "Lion",
    paper: "Chen et al., Symbolic discovery of optimization algorithms, NeurIPS 2023")

  private let settings: Hyperparameters

  init(_ hyperparameters: Hyperparameters, options: UpdateOptions) { settings = hyperparameters }

  var stateNames: [String] { ["m"] }

  func update(_ block: UpdateBlock, in step: UpdateStep) {
    let (weights, momentum) = (block.weights, block.state[0])
    let (beta1, gain1) = (Float(settings.beta1), Float(1 - settings.beta1))
    let (beta2, gain2) = (Float(settings.beta2), Float(1 - settings.beta2))
    let (scale, rate) = (step.gradientScale, Float(step.learningRate))
    let shrinkage = Float(step.learningRate * step.weightDecay)
    block.forEachElement { inGradient, i in
      let gradient = scale * block.gradient[inGradient]
      let direction = beta1 * momentum[i] + gain1 * gradient
      let sign: Float = direction > 0 ? 1 : direction < 0 ? -1 : 0
      momentum[i] = beta2 * momentum[i] + gain2 * gradient
      weights[i] -= rate * sign + shrinkage * weights[i]
    }
  }
}
