import TensorCore

/// Gates that select at most k experts and learn the selection by gradient descent (DSelect-k).
///
///     w = Σ_i softmax(a)_i · r(z_i),   i = 1 … k
///     r(z)_e = Π_j S(z_j) where bit j of e is 1, 1 - S(z_j) where it is 0
///
/// Per example, a = x A and z_i = x Z_i; otherwise a and z are parameters, the same for all rows of a
/// segment.
///
/// S is the smooth step (``/TensorCore/Variable/smoothStep(width:)``), which is exactly 0 or 1
/// outside an interval of length γ. Once all z have left it, every r selects one expert and w has
/// at most k nonzero elements. If the number of experts is not a power of 2, codes without an
/// expert are dropped and the remaining weights are not rescaled, so they may sum to less than 1.
///
/// Initially, Z or z is uniform in ±γ/100, so that all experts have nearly equal weights, and A or a
/// is uniform in ±0.05.
///
/// Source: Hazimeh et al. (DSelect-k), NeurIPS 2021, equations 2 to 5; the authors' code for the
/// initial values.
public final class SmoothStepGates {
  /// The result for every row.
  public struct Selection {
    /// w: `[rows, expertCount]`.
    public let weights: Variable
    /// r of every selector: `[rows, expertCount]`.
    public let selectors: [Variable]
  }

  private let expertCount: Int
  private let selectorCount: Int
  private let bitCount: Int
  private let width: Float
  private let isPerExample: Bool
  private let mixing: [Parameter]
  private let codes: [Parameter]
  private let path: String

  /// Creates the gates of one or more segments of rows.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns of a row.
  ///   - expertCount: The number of experts.
  ///   - selectorCount: k, the maximum number of experts that a row can select.
  ///   - width: γ; the larger it is, the later gates settle on a selection.
  ///   - isPerExample: Whether the selection depends on the row.
  ///   - scopes: The scopes in which the gates of each segment are created.
  public init(
    inputSize: Int, expertCount: Int, selectorCount: Int, width: Float = 1,
    isPerExample: Bool = true, scopes: [ParameterScope]
  ) {
    require(
      expertCount > 1 && selectorCount > 0,
      "\(selectorCount) selectors of \(expertCount) experts: at least 1 and 2 are wanted")
    self.expertCount = expertCount
    self.selectorCount = selectorCount
    self.width = width
    self.isPerExample = isPerExample
    let bits = Int.bitWidth - (expertCount - 1).leadingZeroBitCount
    bitCount = bits
    let rows = isPerExample ? [inputSize] : []
    mixing = scopes.map {
      $0.parameter(
        "mixing", shape: rows + [selectorCount], initializer: .uniform(bound: 0.05),
        decays: isPerExample)
    }
    codes = scopes.map {
      $0.parameter(
        "codes", shape: rows + [selectorCount * bits], initializer: .uniform(bound: width / 100),
        decays: isPerExample)
    }
    path = ParameterScope.commonPath(of: scopes)
  }

  /// Returns the weights of the experts and the selectors that they are mixed from.
  ///
  /// - x: `[rows, inputSize]`; with one segment of rows per scope, or any segments if there is a
  ///   single scope.
  public func callAsFunction(
    _ x: Variable, segments: Segments, in context: ForwardContext
  ) -> Selection {
    let segments = mixing.count == 1 ? Segments(counts: [x.shape[0]]) : segments
    func scores(_ parameters: [Parameter]) -> Variable {
      let values = parameters.map { context($0) }
      if isPerExample { return x.affine(segments: segments, weights: values) }
      return stackedRows(
        zip(values, segments.output).map { $0.expanded(to: [$1.count, $0.value.count]) })
    }
    let shares = scores(mixing).softmax()
    let steps = scores(codes).smoothStep(width: width)
    let selectors = (0..<selectorCount).map { selector in
      selection(steps.columns(selector * bitCount..<(selector + 1) * bitCount))
    }
    let weights = sum(selectors.enumerated().map { shares.columns($0..<$0 + 1) * $1 })
    context.observer?.show(path, weights.value)
    return Selection(weights: weights, selectors: selectors)
  }

  /// Returns r, `[rows, expertCount]`, from the steps of one selector, `[rows, bitCount]`.
  private func selection(_ steps: Variable) -> Variable {
    var products = Variable(Tensor(repeating: 1, shape: [steps.shape[0], 1]))
    for bit in 0..<bitCount {
      let step = steps.columns(bit..<bit + 1)
      products = concatenated([products * (1 - step), products * step])
    }
    return products.columns(0..<expertCount)
  }
}
