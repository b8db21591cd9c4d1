import CNumerics
import Configuration
import Ranking

/// Adaptive moment estimation, with weight decay as an L2 term of the gradient.
///
/// In step t = 1, 2, …:
///
///     g ← scale · gradient + weightDecay · w
///     m ← beta1 · m + (1 - beta1) · g
///     v ← beta2 · v + (1 - beta2) · g²
///     w ← w - learningRate / (1 - beta1^t) · m / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Source: Kingma and Ba, ICLR 2015. The same as PyTorch's `Adam` up to the rounding of 32-bit
/// weights and moments: everything that depends only on the settings and t, including 1 - beta1,
/// 1 - beta2 and the two corrections, is computed in 64 bits and rounded once.
struct Adam: UpdateRule {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "adam", title: "Adam",
    paper: "Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015")

  private let moments: MomentEstimates

  init(_ hyperparameters: Hyperparameters, options: UpdateOptions) {
    moments = MomentEstimates(options)
  }

  var stateNames: [String] { MomentEstimates.names }

  func update(_ block: UpdateBlock, in step: UpdateStep) {
    moments.update(block, in: step, l2: step.weightDecay, shrinkage: 0)
  }
}

/// Adaptive moment estimation, with weight decay that shrinks weights directly.
///
/// Like ``Adam``, but
///
///     g ← scale · gradient;   w ← (1 - learningRate · weightDecay) · w
///
/// Source: Loshchilov and Hutter, ICLR 2019; the same as PyTorch's `AdamW` up to rounding.
struct AdamW: UpdateRule {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "adamw", title: "AdamW",
    paper: "Loshchilov and Hutter, Decoupled weight decay regularization, ICLR 2019")

  private let moments: MomentEstimates

  init(_ hyperparameters: Hyperparameters, options: UpdateOptions) {
    moments = MomentEstimates(options)
  }

  var stateNames: [String] { MomentEstimates.names }

  func update(_ block: UpdateBlock, in step: UpdateStep) {
    moments.update(block, in: step, l2: 0, shrinkage: step.learningRate * step.weightDecay)
  }
}

/// The computation that ``Adam`` and ``AdamW`` share.
private struct MomentEstimates {
  static let names = ["m", "v"]

  private let beta1: Double
  private let beta2: Double
  private let epsilon: Double

  init(_ options: UpdateOptions) {
    beta1 = options.beta1
    beta2 = options.beta2
    epsilon = options.epsilon
  }

  func update(_ block: UpdateBlock, in step: UpdateStep, l2: Double, shrinkage: Double) {
    var rule = ck_adam_rule(
      scale: step.gradientScale, l2: Float(l2), decay: Float(shrinkage),
      rate: Float(step.learningRate / (1 - power(beta1, step.number))), gain1: Float(1 - beta1),
      gain2: Float(1 - beta2), correction: Float(1 / (1 - power(beta2, step.number)).squareRoot()),
      epsilon: Float(epsilon))
    ck_adam(
      block.weights, block.state[0], block.state[1], block.gradient, block.indices, block.rows,
      block.columns, &rule)
  }

  /// Returns `base` to an integer power by squaring, with the same bits on every platform.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}
