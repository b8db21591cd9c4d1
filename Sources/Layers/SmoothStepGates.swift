import TensorCore

/// Gates that select at most k experts and learn the selection by gradient descent (DSelect-k).
///
///     w = Σ_i softmax(x A)_i · r(x Z_i),   i = 1 … k
///     r(z)_e = Π_j S(z_j) where bit j of e is 1, 1 - S(z_j) where it is 0
///
/// S is the smooth step (``/TensorCore/Variable/smoothStep(width:)``), which is exactly 0 or 1
/// outside an interval of length γ. Once all z have left it, every r selects one expert and w has
/// at most k nonzero elements. If the number of experts is not a power of 2, codes without an
/// expert are dropped and the remaining weights are not rescaled, so they may sum to less than 1.
///
/// Source: Hazimeh et al. (DSelect-k), NeurIPS 2021, equations 2 to 5, with gates per example.
public final class SmoothStepGates {
  private let expertCount: Int
  private let selectorCount: Int
  private let bitCount: Int
  private let width: Float
  private let mixing: Parameter
  private let codes: Parameter
  private let path: String

  /// Creates the gates.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns of a row.
  ///   - expertCount: The number of experts.
  ///   - selectorCount: k, the maximum number of experts that a row can select.
  ///   - width: γ; the larger it is, the later gates settle on a selection.
  ///   - scope: The scope in which the parameters are created.
  public init(
    inputSize: Int, expertCount: Int, selectorCount: Int, width: Float = 1, scope: ParameterScope
  ) {
    require(
      expertCount > 1 && selectorCount > 0,
      "\(selectorCount) selectors of \(expertCount) experts: at least 1 and 2 are wanted")
    self.expertCount = expertCount
    self.selectorCount = selectorCount
    self.width = width
    bitCount = Int.bitWidth - (expertCount - 1).leadingZeroBitCount
    mixing = scope.weight("mixing", shape: [inputSize, selectorCount])
    codes = scope.weight("codes", shape: [inputSize, selectorCount * bitCount])
    path = scope.path
  }

  /// Returns the weights of the experts.
  ///
  /// - x: `[rows, inputSize]`; result: `[rows, expertCount]`.
  public func callAsFunction(_ x: Variable, in context: ForwardContext) -> Variable {
    let shares = x.matmul(context(mixing)).softmax()
    let steps = x.matmul(context(codes)).smoothStep(width: width)
    let selections = (0..<selectorCount).map { selector in
      shares.columns(selector..<selector + 1)
        * selection(steps.columns(selector * bitCount..<(selector + 1) * bitCount))
    }
    let weights = selections.dropFirst().reduce(selections[0], +)
    context.observer?.show(path, weights.value)
    return weights
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
