/// How far the order of models changes if they are judged by other scores than those of reference.
///
/// The other score of model i is one of n_i values v_i1, v_i2, …, all equally likely and drawn independently
/// of those of other models: a single value for a rule that leaves nothing to chance, or the values of all
/// seeds if every model is judged by one of them. With r_i as the score of reference, and scores that are
/// better the higher they are, two models with r_i > r_j change places with probability
///
///     flip(i, j) = |{(k, l) : v_ik < v_jl}| / (n_i n_j),
///
/// and the model m with the highest r_m keeps the first place with probability
///
///     Σ_k 1 / n_m  Π_{j ≠ m} |{l : v_jl <= v_mk}| / n_j.
///
/// A tie of the other scores changes nothing, and models that are tied by reference have no order to change.
public struct OrderChange: Sendable, Equatable {
  /// The probability that two models change places; 0 on the diagonal, nil for models that are tied by
  /// the scores of reference.
  public let flips: [[Double?]]
  /// The model that is first by the scores of reference, the earlier of several.
  public let first: Int
  /// The probability that another model is better than it by the other scores.
  public let firstChange: Double

  /// Compares two ways of scoring; nil without models.
  ///
  /// - Parameters:
  ///   - reference: The score of reference of every model.
  ///   - values: The equally likely other scores of every model.
  ///   - higherIsBetter: The direction of both.
  /// - Precondition: both have the same models, every model has a value, and no score is NaN.
  public init?(from reference: [Double], to values: [[Double]], higherIsBetter: Bool = true) {
    precondition(
      reference.count == values.count && values.allSatisfy { !$0.isEmpty },
      "scores of the same models")
    let sign = higherIsBetter ? 1.0 : -1
    let reference = reference.map { sign * $0 }
    let values = values.map { $0.map { sign * $0 } }
    guard let best = reference.max(), let first = reference.firstIndex(of: best) else { return nil }
    func share(of model: Int, where condition: (Double) -> Bool) -> Double {
      Double(values[model].count(where: condition)) / Double(values[model].count)
    }
    func mean(over model: Int, _ body: (Double) -> Double) -> Double {
      values[model].reduce(0) { $0 + body($1) } / Double(values[model].count)
    }
    flips = reference.indices.map { a in
      reference.indices.map { b -> Double? in
        if a == b { return 0 }
        if reference[a] == reference[b] { return nil }
        let (better, worse) = reference[a] > reference[b] ? (a, b) : (b, a)
        return mean(over: better) { value in share(of: worse) { $0 > value } }
      }
    }
    self.first = first
    firstChange =
      1
      - mean(over: first) { value in
        reference.indices.reduce(1) { product, model in
          model == first ? product : product * share(of: model) { $0 <= value }
        }
      }
  }

  /// Returns the expected number of pairs that change places, and the number of pairs with an order by
  /// the scores of reference, among those that a condition holds for.
  public func flipped(where condition: (_ a: Int, _ b: Int) -> Bool = { _, _ in true })
    -> (expected: Double, pairs: Int)
  {
    flips.indices.reduce((0, 0)) { total, b in
      (0..<b).reduce(total) { total, a in
        guard let flip = flips[a][b], condition(a, b) else { return total }
        return (total.0 + flip, total.1 + 1)
      }
    }
  }
}
