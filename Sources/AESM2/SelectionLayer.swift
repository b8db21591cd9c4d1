import Layers
import Ranking
import TensorCore

/// One layer of AESM² with experts, one gate per scenario (or task), selection and mixture.
///
///     g_i = W_i [z; indicator]               for every gate i: [rows, n]
///     S, w = the experts that the row selects, and their weights (``SelectionRule``)
///     out = Σ_{k in S} w_k E_k(z)
///
/// The indicator belongs to the row and is the same for all gates; gates differ only in W_i. With the rule `kl`, the task
/// loss reaches the selected experts and the row's own gate; the other gates learn from the auxiliary losses.
///
/// With a single gate, `kl` has no basis for selection (every KL divergence is zero): all experts are mixed by the gate's
/// softmax, without noise or auxiliary losses.
final class SelectionLayer {
  /// Rows that pass through the layer together: those of a task, or all.
  struct Pass {
    /// `[rows, inputSize]`.
    let z: Variable
    /// The name of the task whose rows they are; empty if they are those of all tasks.
    var task = ""
    /// `[rows, indicatorSize]`.
    let indicator: Variable
    /// The own gate of every row.
    let own: [Int32]
    /// The ids of the rows' single-valued features: `[rows, fields]`, row-major.
    let ids: [Int32]
  }

  struct Output {
    /// The mixture of every row's experts, for each pass: `[rows, outputSize]`.
    var mixed: [Variable] = []
    /// The auxiliary losses of each pass.
    var auxiliaryLosses: [[Predictions.AuxiliaryLoss]] = []
    /// The balance loss of all passes together; nil if the rule has none.
    var balanceLoss: Predictions.AuxiliaryLoss?
  }

  struct Sizes {
    let gateCount: Int
    let expertCount: Int
    let specificCount: Int
    let sharedCount: Int
    /// Whether gates are those of tasks, each of which passes on its own.
    var isOfTasks = false
  }

  var outputSize: Int { experts.outputSize }

  /// What a reader should know of the layer; nil for nothing.
  var note: String? { selector.note.map { "\(path): \($0)." } }

  private let settings: AESM2Hyperparameters
  private let gateCount: Int
  private let expertCount: Int
  private let experts: ExpertBank
  private let gateWeight: Parameter
  private let gateNorm: BatchNorm?
  private let selector: any ExpertSelector
  private let path: String

  init(
    _ settings: AESM2Hyperparameters, sizes: Sizes, inputSize: Int, indicatorSize: Int,
    scope: ParameterScope
  ) {
    self.settings = settings
    path = scope.path
    gateCount = settings.selection == .promptTopK ? 1 : sizes.gateCount
    expertCount = sizes.expertCount
    let rule = settings.selection == .kl && gateCount == 1 ? .dense : settings.selection
    let mixesAll = rule == .dense || settings.mask == .multiply
    experts = ExpertBank(
      inputSize: inputSize, sizes: settings.expertSizes, activation: settings.towers.activation,
      norm: mixesAll && settings.expertNorm == .routed ? .dense : settings.expertNorm,
      computation: settings.computation, dropoutRate: settings.towers.dropout,
      scopes: (0..<sizes.expertCount).map { scope["experts"][$0] })
    // Initialized as one matrix: the fan-out of Glorot's bound counts the experts of all gates.
    let gateSize = gateCount * expertCount
    gateWeight = scope["gates"].weight(shape: [inputSize + indicatorSize, gateSize])
    gateNorm =
      settings.gateNorm ? BatchNorm(size: gateSize, scopes: [scope["gates"]["norm"]]) : nil
    let (specificCount, sharedCount) = (sizes.specificCount, sizes.sharedCount)
    selector =
      switch rule {
      case .kl:
        KLSelection(
          settings: settings, specificCount: specificCount, sharedCount: sharedCount, path: path)
      case .sharedFirst:
        SharedFirstSelection(
          specificCount: specificCount, sharedCount: sharedCount, passesAreTasks: sizes.isOfTasks)
      case .topK, .promptTopK:
        NoisyTopKSelection(
          settings, selecting: specificCount + sharedCount, inputSize: inputSize + indicatorSize,
          gateSize: gateSize, scope: scope)
      case .random:
        RandomSelection(
          specificCount: specificCount, sharedCount: sharedCount, gateCount: gateCount,
          expertCount: expertCount, scope: scope)
      case .hash:
        HashSelection(specificCount: specificCount, sharedCount: sharedCount, path: path)
      case .dense: DenseSelection()
      }
  }

  /// Returns the mixtures of every row's selected experts.
  func callAsFunction(_ passes: [Pass], in context: ForwardContext) -> Output {
    let all = selector.readsAllPasses ? passes.map { gates($0, in: context) } : nil
    let pooled = all.map { selector.pooledClaims(of: $0) }
    var output = Output()
    var loads: [ExpertLoad] = []
    for (index, pass) in passes.enumerated() {
      let own = all?[index] ?? gates(pass, in: context)
      let choice = selector.choice(for: own, pooled: pooled, in: context)
      output.mixed.append(
        experts.mixed(
          pass.z, by: choice.weights, selected: choice.selected, as: pass.task, in: context))
      context.observer?.show(
        "\(path)/weights", choice.weights.value, gates: pass.task.isEmpty ? [] : [pass.task],
        sets: choice.sets)
      output.auxiliaryLosses.append(choice.losses)
      loads += choice.load.map { [$0] } ?? []
    }
    if context.isTraining, !loads.isEmpty {
      let load = ExpertLoad(adding: loads, in: context)
      if load.rowCount > 0 {
        output.balanceLoss = .init(
          name: "\(path)/balance", weight: settings.balanceLossWeight,
          value: selector.balanceLoss(of: load))
      }
    }
    return output
  }

  private func gates(_ pass: Pass, in context: ForwardContext) -> GateOutputs {
    let rowCount = pass.z.shape[0]
    let input = concatenated([pass.z, pass.indicator])
    var flat = input.affine(weight: context(gateWeight))
    if let gateNorm { flat = gateNorm(flat, segments: [0..<rowCount], in: context) }
    return GateOutputs(
      input: input, logits: flat.reshaped(to: [rowCount, gateCount, expertCount]),
      own: gateCount == 1 ? [Int32](repeating: 0, count: rowCount) : pass.own, ids: pass.ids)
  }
}
