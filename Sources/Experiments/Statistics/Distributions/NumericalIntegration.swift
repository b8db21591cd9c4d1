import Foundation

/// Returns the integral of a smooth function over an interval.
///
/// The interval is divided into equal panels, each integrated by the Gauss-Legendre rule with eight
/// points, which is exact for polynomials up to degree 15. Nodes and weights: Abramowitz and Stegun,
/// table 25.4.
func integral(
  from low: Double, to high: Double, panels: Int = 120, of function: (Double) -> Double
) -> Double {
  let half = (high - low) / Double(2 * panels)
  var sum = 0.0
  for panel in 0..<panels {
    let center = low + Double(2 * panel + 1) * half
    for (node, weight) in gaussLegendre {
      sum += weight * (function(center - half * node) + function(center + half * node))
    }
  }
  return sum * half
}

private let gaussLegendre: [(node: Double, weight: Double)] = [
  (0.183_434_642_495_649_80, 0.362_683_783_378_361_98),
  (0.525_532_409_916_328_99, 0.313_706_645_877_887_29),
  (0.796_666_477_413_626_74, 0.222_381_034_453_374_47),
  (0.960_289_856_497_536_23, 0.101_228_536_290_376_26),
]

/// Returns the argument, at least 0, at which an increasing function reaches a value, by bisection.
///
/// The relative error is below 1e-12. A value that is not reached below 1e300 gives infinity.
func argument(reaching value: Double, of function: (Double) -> Double) -> Double {
  var (low, high) = (0.0, 1.0)
  while function(high) < value {
    guard high < 1e300 else { return .infinity }
    (low, high) = (high, high * 2)
  }
  while high - low > 1e-13 * high {
    let middle = (low + high) / 2
    if middle == low || middle == high { break }
    if function(middle) < value { low = middle } else { high = middle }
  }
  return (low + high) / 2
}
