import CNumerics

/// Adaptive moment estimation, with the decay inside or outside of the moments.
///
/// In step t = 1, 2, …:
///
///     adam:   g ← scale · gradient + weightDecay · w
///     adamw:  g ← scale · gradient;  w ← (1 - learningRate · weightDecay) · w
///     m ← beta1 · m + (1 - beta1) · g
///     v ← beta2 · v + (1 - beta2) · g²
///     w ← w - learningRate / (1 - beta1^t) · m / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Sources: Kingma and Ba, ICLR 2015; Loshchilov and Hutter, ICLR 2019. The same as PyTorch's
/// `Adam` (L2 decay) and `AdamW` (decoupled decay) up to the rounding of 32-bit weights and moments:
/// all that depends on the settings and t alone, 1 - beta1, 1 - beta2 and the two corrections
/// included, is computed in 64 bits and rounded once.
struct Adam: UpdateRule {
  let beta1: Double
  let beta2: Double
  let epsilon: Double
  let isDecoupled: Bool

  var name: String { isDecoupled ? "adamw" : "adam" }
  var slotNames: [String] { ["m", "v"] }

  func update(
    _ block: UpdateBlock, step: Int, learningRate: Double, weightDecay: Double, scale: Float
  ) {
    var rule = ck_adam_rule(
      scale: scale, l2: isDecoupled ? 0 : Float(weightDecay),
      decay: isDecoupled ? Float(learningRate * weightDecay) : 0,
      rate: Float(learningRate / (1 - power(beta1, step))), gain1: Float(1 - beta1),
      gain2: Float(1 - beta2), correction: Float(1 / (1 - power(beta2, step)).squareRoot()),
      epsilon: Float(epsilon))
    ck_adam(
      block.weights, block.slots[0], block.slots[1], block.gradient, block.indices, block.rows,
      block.columns, &rule)
  }
}

/// Returns `base` to a whole power, by squaring: the same bits on every platform.
func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, square, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}
