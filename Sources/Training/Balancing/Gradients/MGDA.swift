import Configuration
import Ranking
import TensorCore

/// The point of least length in the convex hull of the gradients, a common descent direction of all
/// objectives.
///
///     w = argmin_w ‖Σ_o w_o g_o / n_o‖²,   w ≥ 0, Σ w = 1;   weight of o: K w_o / n_o
///
/// - g_o: the gradient of a_o L_o; n_o: 1, or the length of g_o, or L_o, or their product, by
///   `normalization`; K: the number of objectives that have a gradient.
///
/// Sources: Désidéri, C. R. Math. 350, 2012; Sener and Koltun, Multi-task learning as multi-objective
/// optimization, NeurIPS 2018, equation 3, with the divisors n of its code.
final class MGDA: LossBalancer {
  /// What gradients are divided by.
  enum Normalization: String, ConfigurationChoice {
    case none
    case gradient
    case loss
    case both
  }

  struct Hyperparameters: HyperparameterSet {
    @Setting("What gradients are divided by first: nothing, their length, their loss, or both.")
    var normalization = Normalization.none
  }

  static let card = MethodCard(
    id: "mgda", title: "MGDA", group: "Gradients of objectives",
    paper: "Sener and Koltun, Multi-task learning as multi-objective optimization, NeurIPS 2018",
    deviations: [
      "Gradients are those of the parameters, not the upper bound by those of a representation.",
      "Weights are multiplied by the number of objectives, so that equal gradients give the plain sum (without normalization).",
      "With a normalization the step is the shortest vector itself, made of the divided gradients; the authors' code multiplies the undivided ones by its weights.",
      "The minimum is solved for exactly; the paper takes some iterations of Frank-Wolfe's algorithm.",
    ])

  static var usesGradients: Bool { true }

  private let normalization: Normalization

  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) {
    normalization = hyperparameters.normalization
  }

  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    let gram = GramMatrix(gradients)
    let values = losses.values.value.values
    let divisors = zip(gram.objectives, gram.norms).map { objective, norm in
      let loss = max(Double(values[objective]), 1e-12)
      return switch normalization {
      case .none: 1.0
      case .gradient: norm
      case .loss: loss
      case .both: norm * loss
      }
    }
    let scaled = GramMatrix(
      gram.products.indices.map { i in
        gram.products.indices.map { gram.products[i][$0] / (divisors[i] * divisors[$0]) }
      })
    return gram.weights(
      zip(scaled.shortestMixture(), divisors).map { Double(gram.count) * $0 / $1 })
  }
}

extension GramMatrix {
  /// Returns the weights of the shortest vector of the convex hull.
  ///
  /// Iteration finds which weights are above 0; among these, G w is constant, which is solved for.
  fileprivate func shortestMixture() -> [Double] {
    let found = SimplexMinimum(count: count) { product($0) }.weights
    let support = found.indices.filter { found[$0] > 1e-9 }
    let part = GramMatrix(support.map { row in support.map { products[row][$0] } })
    guard part.count == support.count else { return found }
    let shares = part.leastSolution(of: support.map { _ in 1 })
    let sum = shares.reduce(0, +)
    guard sum > 0, shares.allSatisfy({ $0 >= 0 }) else { return found }
    var weights = found.map { _ in 0.0 }
    for (index, share) in zip(support, shares) { weights[index] = share / sum }
    return norm(of: weights) <= norm(of: found) ? weights : found
  }
}
