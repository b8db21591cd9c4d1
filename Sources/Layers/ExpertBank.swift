import TensorCore

/// The rows over which batch normalization inside routed experts computes its moments.
public enum ExpertNorm: String, Sendable, CaseIterable {
  /// No normalization.
  case none
  /// The rows routed to the expert.
  case routed
  /// All rows: in training, every row goes through every expert, whether selected or not.
  case dense
}

/// How the outputs of routed experts are computed.
public enum ExpertComputation: String, Sendable, CaseIterable {
  /// Each expert processes only the rows routed to it.
  case sparse
  /// Each expert processes all rows, and the mixture leaves out experts that were not selected.
  /// This is the reference, which the sparse form matches up to rounding.
  case dense
}

/// A bank of experts of the same shape; every row uses some of them.
public final class ExpertBank {
  /// The number of experts.
  public let expertCount: Int

  /// The number of columns of an expert's output.
  public var outputSize: Int { networks.outputSize }

  private let networks: MLPBank
  private let path: String
  private let norm: ExpertNorm
  private let computation: ExpertComputation

  /// Creates the experts; for the other parameters see ``MLPBank``.
  public init(
    inputSize: Int, sizes: [Int], activation: Activation = .relu, norm: ExpertNorm = .none,
    computation: ExpertComputation = .sparse, dropoutRate: Double = 0, scopes: [ParameterScope]
  ) {
    expertCount = scopes.count
    self.norm = norm
    self.computation = computation
    path = ParameterScope.commonPath(of: scopes)
    networks = MLPBank(
      inputSize: inputSize, sizes: sizes, activation: activation, normalizes: norm != .none,
      dropoutRate: dropoutRate, scopes: scopes)
  }

  /// Returns the outputs of all experts for all rows, sorted by expert.
  ///
  /// - x: `[rows, inputSize]`; result: `[expertCount · rows, outputSize]`.
  public func outputs(_ x: Variable, in context: ForwardContext) -> Variable {
    let outputs = networks(
      x, segments: .all(rowCount: x.shape[0], count: expertCount), in: context)
    context.observer?.show(outputs: outputs.value, of: path)
    return outputs
  }

  /// Returns the mixture of the selected experts of every row.
  ///
  ///     y[row] = Σ_{k selected} weights[row, k] · expert_k(x[row])
  ///
  /// - x: `[rows, inputSize]`, weights: `[rows, expertCount]`, selected: one byte per weight;
  ///   result: `[rows, outputSize]`.
  /// - label: what an observer calls these rows, if the bank mixes several times in a pass.
  public func mixed(
    _ x: Variable, by weights: Variable, selected: [UInt8], as label: String = "",
    in context: ForwardContext
  ) -> Variable {
    let rowCount = x.shape[0]
    context.observer?.show(
      outputs: networks(
        x, segments: .all(rowCount: rowCount, count: expertCount),
        in: .evaluation(at: context.moment)
      ).value, of: label.isEmpty ? path : "\(path)/\(label)")
    let chosen = Routing(selected: selected, rowCount: rowCount, expertCount: expertCount)
    let needsAllRows = norm == .dense && context.isTraining
    if computation == .sparse, !needsAllRows, let rows = chosen.rows {
      let outputs = networks(x.rows(rows), segments: chosen.segments, in: context)
      return outputs.mixed(by: weights, positions: chosen.positions)
    }
    let all = Routing(denseOver: rowCount, expertCount: expertCount)
    let counted = norm == .routed && context.isTraining ? Self.counted(chosen, among: all) : nil
    let outputs = networks(x, segments: all.segments, counted: counted, in: context)
    let positions = zip(chosen.positions, all.positions).map { $0 < 0 ? -1 : $1 }
    return outputs.mixed(by: weights, positions: positions)
  }

  private static func counted(_ chosen: Routing, among all: Routing) -> MLPBank.CountedRows {
    let rows = (chosen.rows ?? []).enumerated().map { position, row in
      Int32(chosen.segments.output.firstIndex { $0.contains(position) } ?? 0) * Int32(all.rowCount)
        + row
    }
    return MLPBank.CountedRows(rows: rows, segments: chosen.segments.output)
  }
}
