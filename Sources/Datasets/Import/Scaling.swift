#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The scaling of a numerical feature, fitted to train rows.
struct Scaling {
  let feature: NumericalFeature
  private(set) var moments = Moments()

  init(_ feature: NumericalFeature) { self.feature = feature }

  /// Returns the values of a frame's rows, with missing ones replaced where the schema gives a
  /// number, and the logarithm taken where the scale says so; NaN where the mean is to be used.
  ///
  /// - Throws: ``DataError`` with the line, where a value is missing or negative and must not be.
  func values(of frame: Frame) throws -> [Double] {
    try frame.numbers(feature.column).enumerated().map { row, number in
      var value = number
      if value.isNaN {
        switch feature.missing {
        case .mean: return .nan
        case .value(let replacement): value = replacement
        case .error:
          throw frame.error(
            row, feature.column,
            "the number is missing; say 'missing: mean' or give a number for it")
        }
      }
      guard feature.scale == .logStandard else { return value }
      guard value >= 0 else {
        throw frame.error(
          row, feature.column,
          "\(NumberText.format(value)) is negative, but log-standard needs numbers from 0")
      }
      return log1p(value)
    }
  }

  /// Counts one train row's value.
  mutating func count(_ value: Double) {
    if !value.isNaN { moments.add(value) }
  }

  /// Returns a value scaled.
  func scaled(_ value: Double) -> Float {
    switch feature.scale {
    case .none: return Float(value.isNaN ? moments.mean : value)
    case .standard, .logStandard: return moments.standardised(value)
    case .minMax:
      let range = moments.maximum - moments.minimum
      return range > 0 ? Float(((value.isNaN ? moments.mean : value) - moments.minimum) / range) : 0
    }
  }
}

/// The mean, variance and bounds of weighted numbers, updated one by one (West 1979).
struct Moments {
  private(set) var weight = 0.0
  private(set) var mean = 0.0
  private(set) var minimum = Double.infinity
  private(set) var maximum = -Double.infinity
  private var squares = 0.0

  /// The standard deviation (divided by the weight).
  var deviation: Double { weight > 0 ? (squares / weight).squareRoot() : 0 }

  mutating func add(_ value: Double, weight added: Double = 1) {
    weight += added
    let difference = value - mean
    mean += difference * added / weight
    squares += added * difference * (value - mean)
    minimum = min(minimum, value)
    maximum = max(maximum, value)
  }

  /// Returns (value - mean) / deviation; 0 for NaN, and for all values of a constant.
  func standardised(_ value: Double) -> Float {
    guard !value.isNaN, deviation > 1e-12 * max(1, abs(mean)) else { return 0 }
    return Float((value - mean) / deviation)
  }
}
