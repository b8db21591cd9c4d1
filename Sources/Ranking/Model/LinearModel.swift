import Configuration
import TensorCore

/// A model whose log-odds are linear in its weights, each task having weights of its own.
///
///     logits = X W
///
/// - X: `[rows, features]`, sparse, made from the batch alone; W: `[features, tasks]`.
///
/// Its training objective is convex, so such a model is not trained in steps: the trainer finds the
/// weights at which the objective is smallest. With l_i the cross-entropy of row i, and c_i ≥ 0 the
/// factors of rows that the trainer's loss reduction gives them, divided by their sum, these are
/// for every task
///
///     w* = argmin Σ_i c_i l_i(w) + 1/2 Σ_j λ_j w_j²
///
/// A model declares this by conforming; nothing else about it is special.
public protocol LinearModel: RankingModel {
  /// W: `[features, tasks]`, the only parameter.
  var weights: Parameter { get }

  /// λ: the penalty of the square of every feature's weight.
  var penalties: [Double] { get }

  /// When the search for the optimum ends.
  var convergence: Convergence { get }

  /// Returns X for the rows of a batch.
  func features(of batch: Batch) -> SparseRows
}

extension LinearModel {
  /// Predicts the rows of a batch.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    Predictions(logits: features(of: batch).multiplied(by: context(weights)))
  }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// When the search for the optimum of a ``LinearModel`` ends.
///
/// The gradient g of the objective is measured in the scale in which every weight's curvature is at
/// most one: `(Σ_j g_j² / d_j)^½` with `d_j = 1/4 Σ_i c_i x_ij² + λ_j`. Half its square is, up to
/// the correlation of features, how far the objective lies above its smallest value.
public struct Convergence: HyperparameterSet {
  @Setting("The scaled norm of the gradient at which the optimum is reached.", in: 1e-12...1)
  public var tolerance = 1e-4
  @Setting("The most iterations of L-BFGS for every task.", in: 1...1_000_000)
  public var maximumIterations = 2000

  public init() {}
}
