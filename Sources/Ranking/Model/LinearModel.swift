import Configuration
import TensorCore

/// A model whose log-odds are linear in its weights, with separate weights for each task.
///
///     logits = X W
///
/// - X: `[rows, features]`, sparse, computed from the batch alone; W: `[features, tasks]`.
///
/// The training objective is convex, so such a model is not trained in steps: the trainer finds the
/// weights that minimize it. With l_i the cross-entropy of row i and c_i ≥ 0 the factor that the
/// trainer's loss reduction gives row i, normalized to sum to one, the weights of each task are
///
///     w* = argmin Σ_i c_i l_i(w) + 1/2 Σ_j λ_j w_j²
///
/// A model opts in by conforming; nothing else about it is special.
public protocol LinearModel: RankingModel {
  /// W: `[features, tasks]`, the only parameter.
  var weights: Parameter { get }

  /// λ: the penalty on the squared weight of every feature.
  var penalties: [Double] { get }

  /// The criterion for ending the search for the optimum.
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
/// The criterion for ending the search for the optimum of a ``LinearModel``.
///
/// The gradient g of the objective is measured on the scale where the curvature of every weight is
/// at most one: `(Σ_j g_j² / d_j)^½` with `d_j = 1/4 Σ_i c_i x_ij² + λ_j`. Up to the correlation
/// between features, half the square of this norm is how far the objective lies above its minimum.
public struct Convergence: HyperparameterSet {
  @Setting("The scaled norm of the gradient at which the optimum is reached.", in: 1e-12...1)
  public var tolerance = 1e-4
  @Setting("The most iterations of L-BFGS for every task.", in: 1...1_000_000)
  public var maximumIterations = 2000

  public init() {}
}
