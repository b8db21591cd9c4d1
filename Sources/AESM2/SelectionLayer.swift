import Layers
import Ranking
import TensorCore

/// One layer of AESM² with experts, one gate per scenario (or task), selection and mixture.
///
///     g_i = W_i [z; indicator]               for every gate i: [rows, n]
///     g̃ = g + σ ε, ε ~ N(0, 1)               in training only
///     G_k = softmax over the gates of g̃_{·,k}
///     S = the union of the specific and the shared set (``ExpertSelection``)
///     w = softmax over the experts in S of g_j, the own gate's clean logits
///     out = Σ_{k in S} w_k E_k(z)
///
/// The indicator belongs to the row and is the same for all gates; gates differ only in W_i. The
/// task loss reaches the selected experts and the row's own gate; the other gates learn from the
/// auxiliary losses.
///
/// With a single gate, there is no basis for selection (every KL divergence is zero): all experts
/// are mixed by the gate's softmax, without noise or auxiliary losses.
final class SelectionLayer {
  struct Output {
    let mixed: Variable
    let auxiliaryLosses: [Predictions.AuxiliaryLoss]
  }

  struct Sizes {
    let gateCount: Int
    let expertCount: Int
    let specificCount: Int
    let sharedCount: Int
  }

  var outputSize: Int { experts.outputSize }

  private let settings: AESM2Hyperparameters
  private let sizes: Sizes
  private let experts: ExpertBank
  private let gateWeight: Parameter
  private let gateNorm: BatchNorm?
  private let path: String

  init(
    _ settings: AESM2Hyperparameters, sizes: Sizes, inputSize: Int, indicatorSize: Int,
    scope: ParameterScope
  ) {
    self.settings = settings
    self.sizes = sizes
    path = scope.path
    let selects = sizes.gateCount > 1
    let mixesAll = !selects || settings.mask == .multiply
    experts = ExpertBank(
      inputSize: inputSize, sizes: settings.expertSizes, activation: settings.towers.activation,
      norm: mixesAll && settings.expertNorm == .routed ? .dense : settings.expertNorm,
      computation: settings.computation, dropoutRate: settings.towers.dropout,
      scopes: (0..<sizes.expertCount).map { scope["experts"][$0] })
    // Initialized as one matrix: the fan-out of Glorot's bound counts the experts of all gates.
    let gateSize = sizes.gateCount * sizes.expertCount
    gateWeight = scope["gates"].weight(shape: [inputSize + indicatorSize, gateSize])
    gateNorm =
      settings.gateNorm ? BatchNorm(size: gateSize, scopes: [scope["gates"]["norm"]]) : nil
  }

  /// Returns the mixture of every row's selected experts.
  ///
  /// - z: `[rows, inputSize]`, indicator: `[rows, indicatorSize]`, own: the own gate of every row;
  ///   result: `[rows, outputSize]`.
  func callAsFunction(
    _ z: Variable, indicator: Variable, own: [Int32], in context: ForwardContext
  ) -> Output {
    let rowCount = z.shape[0]
    let (m, n) = (sizes.gateCount, sizes.expertCount)
    var flat = concatenated([z, indicator]).affine(weight: context(gateWeight))
    if let gateNorm { flat = gateNorm(flat, segments: [0..<rowCount], in: context) }
    let logits = flat.reshaped(to: [rowCount, m, n])
    guard m > 1 else {
      let weights = flat.softmax()
      context.observer?.show("\(path)/weights", weights.value)
      let everything = [UInt8](repeating: 1, count: rowCount * n)
      return Output(
        mixed: experts.mixed(z, by: weights, selected: everything, in: context),
        auxiliaryLosses: [])
    }
    let noisy = noisyLogits(logits, in: context)
    let logShares = noisy.logSoftmaxOverMiddleAxis()
    let selection = ExpertSelection(
      logShares: logShares.value, own: own, specificCount: sizes.specificCount,
      sharedCount: sizes.sharedCount, exclusive: settings.exclusiveSets)
    let ownLogits = (settings.noisyMixing ? noisy : logits).slices(own)
    let (weights, mixed) = mix(z, ownLogits, selection, in: context)
    context.observer?.show("\(path)/weights", weights.value)
    return Output(
      mixed: mixed,
      auxiliaryLosses: context.isTraining ? losses(of: selection, logShares, own) : [])
  }

  private func noisyLogits(_ logits: Variable, in context: ForwardContext) -> Variable {
    guard context.isTraining, settings.noise > 0 else { return logits }
    var deviation = settings.noise
    if settings.noiseHalfLife > 0 {
      deviation *= (-Double(context.step) / Double(settings.noiseHalfLife)).powerOfTwo
    }
    return logits.addingNoise(deviation: Float(deviation), using: context.stream("noise/\(path)"))
  }

  private func mix(
    _ z: Variable, _ ownLogits: Variable, _ selection: ExpertSelection, in context: ForwardContext
  ) -> (weights: Variable, mixed: Variable) {
    var scaled = ownLogits
    let both = ExpertSelection.specific | ExpertSelection.shared
    if settings.mask == .multiply || settings.overlapScale != 1 {
      let outside: Float = settings.mask == .multiply ? -1e9 : 1
      let factors = selection.sets.map { set -> Float in
        set == 0 ? outside : set == both ? Float(settings.overlapScale) : 1
      }
      scaled = ownLogits * Variable(Tensor(factors, shape: ownLogits.shape))
    }
    let selected =
      settings.mask == .multiply
      ? [UInt8](repeating: 1, count: selection.sets.count) : selection.sets
    let weights = scaled.softmax(keeping: selected)
    return (weights, experts.mixed(z, by: weights, selected: selected, in: context))
  }

  private func losses(
    of selection: ExpertSelection, _ logShares: Variable, _ own: [Int32]
  ) -> [Predictions.AuxiliaryLoss] {
    let (m, n) = (sizes.gateCount, sizes.expertCount)
    var losses: [Predictions.AuxiliaryLoss] = []
    if sizes.specificCount > 0 {
      let weights = selection.specificLossWeights(
        own: own, gateCount: m, expertCount: n, selecting: sizes.specificCount)
      losses.append(
        .init(
          name: "\(path)/specific", weight: settings.specificLossWeight,
          value: logShares.weightedSum(weights)))
    }
    if sizes.sharedCount > 0 {
      let weights = selection.sharedLossWeights(
        rowCount: own.count, gateCount: m, expertCount: n, selecting: sizes.sharedCount)
      let offset = Variable(Tensor(scalar: -Float(Double(m).naturalLogarithm)))
      losses.append(
        .init(
          name: "\(path)/shared", weight: settings.sharedLossWeight,
          value: logShares.weightedSum(weights) + offset))
    }
    return losses
  }
}
