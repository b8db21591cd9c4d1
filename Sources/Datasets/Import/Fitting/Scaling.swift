#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The scaling of a numerical feature, fitted to train rows.
struct Scaling {
  let feature: NumericalFeature

  /// The moments of the train rows.
  var moments = Moments()

  init(_ feature: NumericalFeature) { self.feature = feature }

  /// Returns the values of a frame's rows, with missing ones replaced where the schema gives a
  /// number, and the logarithm taken where the scale says so; NaN where the mean is to be used.
  ///
  /// - Throws: ``DataError`` with the line, where a value is missing or negative and must not be.
  func values(of frame: Frame) throws -> [Double] {
    var values = try frame.numbers(feature.column)
    let isLogarithm = feature.scale == .logStandard
    if !isLogarithm, !values.contains(where: \.isNaN) { return values }
    for (row, number) in values.enumerated() {
      var value = number
      if value.isNaN {
        switch feature.missing {
        case .mean: continue
        case .value(let replacement): value = replacement
        case .error:
          throw frame.error(
            row, feature.column,
            "the number is missing; say 'missing: mean' or give a number for it")
        }
      }
      if isLogarithm, value < 0 {
        throw frame.error(
          row, feature.column,
          "\(NumberText.format(value)) is negative, but log-standard needs numbers from 0")
      }
      values[row] = isLogarithm ? log1p(value) : value
    }
    return values
  }

  /// Writes values scaled, to every `stride`-th place of `target`.
  func scale(_ values: [Double], into target: UnsafeMutablePointer<Float>, stride: Int) {
    let (mean, minimum) = (moments.mean, moments.minimum)
    switch feature.scale {
    case .none:
      for (row, value) in values.enumerated() {
        target[row * stride] = Float(value.isNaN ? mean : value)
      }
    case .standard, .logStandard:
      let standard = moments.standardisation
      for (row, value) in values.enumerated() { target[row * stride] = standard(value) }
    case .minMax:
      let range = moments.maximum - minimum
      for (row, value) in values.enumerated() {
        target[row * stride] =
          range > 0 ? Float(((value.isNaN ? mean : value) - minimum) / range) : 0
      }
    }
  }
}
