import Layers
import Ranking
import TensorCore

/// The selection of AESM² itself, in a layer with several gates.
///
///     g̃ = g + σ ε, ε ~ N(0, 1)               in training only
///     G_k = softmax over the gates of g̃_{·,k}
///     S = the union of the specific and the shared set (``ExpertSelection``)
///     w = softmax over the experts in S of g_j, the own gate's clean logits
struct KLSelection: ExpertSelector {
  let settings: AESM2Hyperparameters
  let specificCount: Int
  let sharedCount: Int
  let path: String

  func choice(
    for gates: GateOutputs, pooled: [Float]?, in context: ForwardContext
  ) -> ExpertChoice {
    let noisy = noisyLogits(gates.logits, in: context)
    let logShares = noisy.logSoftmaxOverMiddleAxis()
    let selection = ExpertSelection(
      logShares: logShares.value, own: gates.own, specificCount: specificCount,
      sharedCount: sharedCount, exclusive: settings.exclusiveSets)
    let ownLogits = (settings.noisyMixing ? noisy : gates.logits).slices(gates.own)
    var choice = choice(ownLogits, selection)
    if context.isTraining { choice.losses = losses(of: selection, logShares, gates) }
    return choice
  }

  private func noisyLogits(_ logits: Variable, in context: ForwardContext) -> Variable {
    let deviation = settings.noise(in: context)
    guard deviation > 0 else { return logits }
    return logits.addingNoise(deviation: Float(deviation), using: context.stream("noise/\(path)"))
  }

  private func choice(_ ownLogits: Variable, _ selection: ExpertSelection) -> ExpertChoice {
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
    return ExpertChoice(
      weights: scaled.softmax(keeping: selected), selected: selected, sets: selection.sets)
  }

  private func losses(
    of selection: ExpertSelection, _ logShares: Variable, _ gates: GateOutputs
  ) -> [Predictions.AuxiliaryLoss] {
    let (m, n) = (gates.gateCount, gates.expertCount)
    var losses: [Predictions.AuxiliaryLoss] = []
    if specificCount > 0 {
      let weights = selection.specificLossWeights(
        own: gates.own, gateCount: m, expertCount: n, selecting: specificCount)
      losses.append(
        .init(
          name: "\(path)/specific", weight: settings.specificLossWeight,
          value: logShares.weightedSum(weights)))
    }
    if sharedCount > 0 {
      let weights = selection.sharedLossWeights(
        rowCount: gates.rowCount, gateCount: m, expertCount: n, selecting: sharedCount)
      let offset = Variable(Tensor(scalar: -Float(Double(m).naturalLogarithm)))
      losses.append(
        .init(
          name: "\(path)/shared", weight: settings.sharedLossWeight,
          value: logShares.weightedSum(weights) + offset))
    }
    return losses
  }
}

extension AESM2Hyperparameters {
  /// The setting `noise` at a moment of training; 0 outside of training.
  func noise(in context: ForwardContext) -> Double {
    guard context.isTraining, noise > 0, noiseHalfLife > 0 else {
      return context.isTraining ? noise : 0
    }
    return noise * (-Double(context.step) / Double(noiseHalfLife)).powerOfTwo
  }
}
