import TensorCore

/// Gates that can be exactly 0 or 1 and are trained with an L0 penalty.
///
///     training:   s = σ((log u - log(1 - u) + a) / β),  u uniform in (0, 1)
///     evaluation: s = σ(a)
///     gate = min(1, max(0, s (ζ - γ) + γ))
///
/// a: the logits of the gates, which are parameters or the output of a network.
///
/// Source: Louizos, Welling and Kingma, ICLR 2018, equations 10 to 13.
public struct HardConcreteGate: Sendable {
  /// β: the lower it is, the closer gates are to 0 and 1 in training.
  public var temperature: Float

  /// (γ, ζ): the interval to which the gate is stretched before it is clipped to 0 and 1.
  public var stretch: ClosedRange<Float>

  /// Creates gates, by default with the settings of the paper.
  ///
  /// - Precondition: `temperature > 0`; the interval begins below 0 and ends above 1.
  public init(temperature: Float = 2.0 / 3, stretch: ClosedRange<Float> = -0.1...1.1) {
    require(temperature > 0, "a temperature of \(temperature): more than 0 is wanted")
    require(
      stretch.lowerBound < 0 && stretch.upperBound > 1,
      "a stretch of \(stretch): bounds below 0 and above 1 are wanted")
    self.temperature = temperature
    self.stretch = stretch
  }

  /// Returns the gates for the given logits.
  ///
  /// The result has the shape of the logits. A gate that is clipped to 0 or 1 has no gradient.
  ///
  /// - Parameters:
  ///   - logits: Any shape.
  ///   - purpose: Names the random stream of the noise, uniquely within the model.
  ///   - context: The context of the pass; noise is added only in training.
  public func callAsFunction(
    _ logits: Variable, purpose: String, in context: ForwardContext
  ) -> Variable {
    var s = logits
    if context.isTraining {
      let u = Variable(Tensor(uniformIn: 0...1, shape: s.shape, using: context.stream(purpose)))
      s = (s + (u.log() - (1 - u).log())) / temperature
    }
    let width = stretch.upperBound - stretch.lowerBound
    return (width * s.sigmoid() + stretch.lowerBound).clamped(to: 0...1)
  }

  /// Returns the probability that each gate is nonzero; the sum is the L0 penalty.
  ///
  ///     σ(a - β log(-γ / ζ))
  ///
  /// - logits, result: any shape, the same for both.
  public func openProbability(_ logits: Variable) -> Variable {
    let ratio = Tensor(scalar: -stretch.lowerBound / stretch.upperBound)
    return (logits - temperature * Variable(ratio).log()).sigmoid()
  }
}
