import CNumerics

/// Gradient descent with a step size that falls with the squares of past gradients.
///
///     g ← scale · gradient + weightDecay · w
///     sum ← sum + g²
///     w ← w - learningRate · g / (sqrt(sum) + epsilon)
///
/// Source: Duchi, Hazan, Singer, JMLR 12 (2011); the same as PyTorch's `Adagrad` without learning
/// rate decay.
struct Adagrad: UpdateRule {
  let epsilon: Double

  var name: String { "adagrad" }
  var slotNames: [String] { ["sum"] }

  func update(
    _ block: UpdateBlock, step: Int, learningRate: Double, weightDecay: Double, scale: Float
  ) {
    var rule = ck_adagrad_rule(
      scale: scale, l2: Float(weightDecay), rate: Float(learningRate), epsilon: Float(epsilon))
    ck_adagrad(
      block.weights, block.slots[0], block.gradient, block.indices, block.rows, block.columns, &rule
    )
  }
}
