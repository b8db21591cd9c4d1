import Layers
import Ranking
import TensorCore

/// What the gates of a layer say of the rows of one pass.
struct GateOutputs {
  /// What gates see, [z; indicator]: `[rows, inputSize + indicatorSize]`.
  let input: Variable
  /// `[rows, m, n]`.
  let logits: Variable
  /// The own gate of every row, in `0..<m`.
  let own: [Int32]
  /// The ids of the rows' single-valued features: `[rows, fields]`, row-major.
  let ids: [Int32]

  var rowCount: Int { logits.shape[0] }
  var gateCount: Int { logits.shape[1] }
  var expertCount: Int { logits.shape[2] }

  /// The logits of every row's own gate: `[rows, n]`.
  var ownLogits: Variable { ofOwnGates(logits) }

  /// Returns the part of the rows' own gates of numbers for every gate and expert: `[rows, n]`.
  ///
  /// - x: `[rows, m, n]`.
  func ofOwnGates(_ x: Variable) -> Variable {
    gateCount == 1 ? x.reshaped(to: [rowCount, expertCount]) : x.slices(own)
  }
}

/// The experts of the rows of one pass.
struct ExpertChoice {
  /// The weights of the mixture: `[rows, n]`.
  let weights: Variable
  /// One byte for each row and expert, `[rows, n]`: nonzero if the row passes through the expert.
  let selected: [UInt8]
  /// Whether an expert is in the specific set (bit 0) or the shared set (bit 1) of a row, `[rows, n]`; nil if the rule
  /// has no two sets.
  var sets: [UInt8]?
  /// The auxiliary losses of the pass.
  var losses: [Predictions.AuxiliaryLoss] = []
  /// What a balance loss of the layer depends on; nil if there is none.
  var load: ExpertLoad?
}

/// A ``SelectionRule`` in one layer.
protocol ExpertSelector {
  /// Whether the choice of a pass depends on the gates in all passes of the layer.
  var readsAllPasses: Bool { get }

  /// Returns what the choices of all passes depend on in common, a number for each row and expert, `[rows, n]`; called
  /// only if ``readsAllPasses``.
  func pooledClaims(of all: [GateOutputs]) -> [Float]

  /// What a reader should know of the layer; nil for nothing.
  var note: String? { get }

  /// Selects and weighs experts for the rows of a pass.
  ///
  /// - Parameter pooled: What ``pooledClaims(of:)`` returned for the passes of the layer; nil if it was not called.
  func choice(
    for gates: GateOutputs, pooled: [Float]?, in context: ForwardContext
  ) -> ExpertChoice

  /// Returns the loss that balances the load of experts over a batch with at least one row.
  func balanceLoss(of load: ExpertLoad) -> Variable
}

extension ExpertSelector {
  var readsAllPasses: Bool { false }

  func pooledClaims(of all: [GateOutputs]) -> [Float] { [] }

  var note: String? { nil }

  func balanceLoss(of load: ExpertLoad) -> Variable { Variable(Tensor(scalar: 0)) }
}

/// All experts, by the softmax of the own gate's logits.
struct DenseSelection: ExpertSelector {
  func choice(
    for gates: GateOutputs, pooled: [Float]?, in context: ForwardContext
  ) -> ExpertChoice {
    ExpertChoice(
      weights: gates.ownLogits.softmax(),
      selected: [UInt8](repeating: 1, count: gates.rowCount * gates.expertCount))
  }
}
