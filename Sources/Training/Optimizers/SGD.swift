import CNumerics

/// Gradient descent with momentum (Polyak's heavy ball).
///
///     g ← scale · gradient + weightDecay · w
///     velocity ← momentum · velocity + g
///     w ← w - learningRate · velocity
///
/// Source: Polyak, USSR Comp. Math. 4 (1964); the same as PyTorch's `SGD` without dampening.
struct SGD: UpdateRule {
  let momentum: Double

  var name: String { "sgd" }
  var slotNames: [String] { momentum == 0 ? [] : ["velocity"] }

  func update(
    _ block: UpdateBlock, step: Int, learningRate: Double, weightDecay: Double, scale: Float
  ) {
    var rule = ck_sgd_rule(
      scale: scale, l2: Float(weightDecay), rate: Float(learningRate), momentum: Float(momentum))
    ck_sgd(
      block.weights, block.slots.first, block.gradient, block.indices, block.rows, block.columns,
      &rule)
  }
}
