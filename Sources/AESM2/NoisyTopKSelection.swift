import Layers
import Ranking
import TensorCore

/// The K = K_sp + K_sh experts with the greatest noisy logits of the row's gate: noisy top-k gating.
///
///     σ = softplus([z; indicator] V_j) + 0.01
///     h = g_j + ν ε σ, ε ~ N(0, 1)            in training; h = g_j otherwise
///     S = the K experts with the greatest h
///     w = softmax over the experts in S of h
///
/// The weights V begin with zeros. ν is the setting `noise`, with its half-life.
///
/// The balance loss over all rows (and tasks) of a batch is CV²(Σ w) + CV²(Σ P), where CV² is the squared coefficient of
/// variation over the experts, and P_k is the probability that expert k would be selected if its noise alone were drawn again with ν = 1:
///
///     P_k = Φ((g_k - t_k) / σ_k),  t_k = the K-th greatest of h without h_k
///
/// If K is n, all P are 1. The loss is 0 if all experts get equal shares.
///
/// Sources: Shazeer et al., Outrageously large neural networks, ICLR 2017, equations 3 to 11, whose ν is 1;
/// MEASNet, arXiv 2407.19139, for one gate that is told its task by a prompt, here the indicator. P has deviation σ
/// whatever ν, so that the load has a gradient without noise too.
final class NoisyTopKSelection: ExpertSelector {
  private let settings: AESM2Hyperparameters
  private let count: Int
  private let noiseWeight: Parameter
  private let path: String

  /// - Parameter gateSize: m n.
  init(
    _ settings: AESM2Hyperparameters, selecting count: Int, inputSize: Int, gateSize: Int,
    scope: ParameterScope
  ) {
    self.settings = settings
    self.count = count
    path = scope.path
    noiseWeight = scope["gates"].parameter(
      "noise", shape: [inputSize, gateSize], initializer: .zeros)
  }

  func choice(
    for gates: GateOutputs, pooled: [Float]?, in context: ForwardContext
  ) -> ExpertChoice {
    let clean = gates.ownLogits
    guard context.isTraining else {
      let kept = clean.value.topColumns(count).kept
      return ExpertChoice(weights: clean.softmax(keeping: kept), selected: kept)
    }
    let raw = gates.input.affine(weight: context(noiseWeight)).reshaped(to: gates.logits.shape)
    let deviation = gates.ofOwnGates(raw).softplus() + 0.01
    let noisy = noisyLogits(clean, deviation, in: context)
    let kept = noisy.value.topColumns(count).kept
    let weights = noisy.softmax(keeping: kept)
    return ExpertChoice(
      weights: weights, selected: kept,
      load: ExpertLoad(
        importance: weights.sum(over: .rows), load: load(clean, noisy, deviation),
        rowCount: gates.rowCount))
  }

  private func noisyLogits(
    _ clean: Variable, _ deviation: Variable, in context: ForwardContext
  ) -> Variable {
    let factor = settings.noise(in: context)
    guard factor > 0 else { return clean }
    let noise = Variable(Tensor(zeros: clean.shape)).addingNoise(
      deviation: Float(factor), using: context.stream("noise/\(path)"))
    return clean + noise * deviation
  }

  /// Returns Σ P over the rows: `[1, n]`.
  private func load(_ clean: Variable, _ noisy: Variable, _ deviation: Variable) -> Variable {
    let (rowCount, n) = (clean.shape[0], clean.shape[1])
    guard count < n else {
      return Variable(Tensor(repeating: Float(rowCount), shape: [1, n]))
    }
    let top = noisy.value.topColumns(count + 1)
    let isIn = noisy.value.topColumns(count).kept
    let places = isIn.enumerated().map { place, isIn -> Int32 in
      let row = place / n
      return Int32(row * n) + top.indices[row * (count + 1) + (isIn != 0 ? count : count - 1)]
    }
    let thresholds = noisy.reshaped(to: [rowCount * n, 1]).rows(places)
      .reshaped(to: [rowCount, n])
    return ((clean - thresholds) / deviation).normalProbability().sum(over: .rows)
  }

  func balanceLoss(of load: ExpertLoad) -> Variable {
    load.importance.squaredVariation() + load.load.squaredVariation()
  }
}

extension Variable {
  /// Returns Φ(x), the standard normal distribution function.
  ///
  /// - Backward: dx = φ(x) · dy.
  fileprivate func normalProbability() -> Variable {
    mapped(
      { Float(Double($0).normalProbability) },
      slope: { x, _ in
        Float((-Double(x) * Double(x) / 2).exponential / (2 * Double.pi).squareRoot())
      },
      naive: { 1 - (-$0).normalProbability })
  }
}
