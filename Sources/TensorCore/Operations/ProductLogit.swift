/// Returns the log-odds of the product of two probabilities given by their log-odds.
///
///     y = logit(σ(a) σ(b)) = -log(exp(-a) + exp(-b) + exp(-a - b))
///
/// This is the head of ESMM for clicks and conversions: `productLogit(click, conversionAfterClick)`
/// is trained and scored like any other logit. More factors are multiplied one after the other.
///
/// - a, b: any shapes that are compatible as in `+`; result: their common shape.
/// - Backward: da = dy · (exp(-a) + exp(-a - b)) / (exp(-a) + exp(-b) + exp(-a - b)); db likewise.
///   Both are between 0 and dy.
/// - Edge cases: finite for finite a and b within ±10³⁸; no probability is ever rounded to 0 or 1.
///
/// Source: Ma et al. (ESMM), SIGIR 2018, equation 1, which multiplies the probabilities themselves.
public func productLogit(_ a: Variable, _ b: Variable) -> Variable {
  let (a, b) = Variable.inCommonShape(a, b)
  return record(
    a.value.combined(with: b.value) { ProductOdds($0, $1).logit }, from: [a, b],
    cost: .others(7 * a.value.count, of: [a, b]),
    naive: { inputs in
      let logits = zip(inputs[0].values, inputs[1].values).map { a, b in
        // -log σ(a) - log σ(b): the product is exp(-cost).
        let cost = [a, b].reduce(0.0) {
          $0 + ($1 < -30 ? -$1 : (-$1).exponential.logarithmOfOnePlus)
        }
        return cost > 30 ? -cost : -cost.exponentialMinusOne.naturalLogarithm
      }
      return NaiveTensor(logits, shape: inputs[0].shape)
    },
    backward: { dy in
      if a.needsGradient {
        let slope = a.value.combined(with: b.value) { ProductOdds($0, $1).slope }
        a.accumulate(slope.multiplied(by: dy))
      }
      if b.needsGradient {
        let slope = b.value.combined(with: a.value) { ProductOdds($0, $1).slope }
        b.accumulate(slope.multiplied(by: dy))
      }
    })
}

/// The odds against a product of probabilities, as three terms divided by the greatest of the
/// three.
private struct ProductOdds {
  private let top: Double
  private let first: Double
  private let second: Double
  private let both: Double

  init(_ a: Float, _ b: Float) {
    let (a, b) = (-Double(a), -Double(b))
    top = max(a, b, a + b)
    first = (a - top).exponential
    second = (b - top).exponential
    both = (a + b - top).exponential
  }

  private var sum: Double { first + second + both }

  var logit: Float { Float(-top - sum.naturalLogarithm) }

  /// The derivative of the logit with respect to the logit of the first factor.
  var slope: Float { Float((first + both) / sum) }
}
