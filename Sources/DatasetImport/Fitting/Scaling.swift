import Tabular

/// The scaling of a numerical feature, fitted to train rows.
struct Scaling {
  let feature: NumericalFeature

  /// The moments of the train rows.
  var moments = Moments()

  init(_ feature: NumericalFeature) { self.feature = feature }

  /// Returns the values of a frame's rows, with missing ones replaced if the schema gives a number,
  /// then clipped and transformed, with the logarithm taken if the scale requires it; NaN where the
  /// mean is to be used.
  ///
  /// Numbers beyond the range of 32-bit floats are rejected whatever the scale, so that no sum of
  /// squares overflows.
  ///
  /// - Throws: ``Diagnostic`` with the line, if a value is missing, negative or too large although
  ///   it must not be.
  func values(of frame: StagedFrame) throws -> [Double] {
    var values = try frame.numbers(feature.column).values
    let isLogarithm = feature.scale == .logStandard
    // This is also false for NaN.
    if !isLogarithm, feature.transform.isIdentity,
      values.allSatisfy({ $0.magnitude <= Self.largestMagnitude })
    {
      return values
    }
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
      do {
        value = try feature.transform(value)
      } catch {
        throw frame.error(row, feature.column, "\(NumberText.format(value)) \(error.words)")
      }
      guard value.magnitude <= Self.largestMagnitude else {
        throw frame.error(
          row, feature.column,
          "\(NumberText.format(value)) is beyond the range of 32-bit numbers, which ends at 3.4e38")
      }
      if isLogarithm, value < 0 {
        throw frame.error(
          row, feature.column,
          "\(NumberText.format(value)) is negative, but log-standard needs numbers from 0")
      }
      values[row] = isLogarithm ? NumericalTransform.log1p(value) : value
    }
    return values
  }

  static let largestMagnitude = Double(Float.greatestFiniteMagnitude)

  /// Writes the scaled values of a frame's rows to every `stride`-th position of `target`.
  ///
  /// - Throws: ``Diagnostic`` with the line, if a number is too large after scaling.
  func scale(
    _ frame: StagedFrame, into target: UnsafeMutablePointer<Float>, stride: Int
  ) throws {
    let values = try values(of: frame)
    scale(values, into: target, stride: stride)
    // The bit patterns of magnitudes are ordered like the magnitudes; those of NaN are above all
    // others.
    let largest = values.reduce(0) { max($0, $1.magnitude.bitPattern) }
    guard largest > safeMagnitude.bitPattern else { return }
    if let row = (0..<frame.rowCount).first(where: { !target[$0 * stride].isFinite }) {
      throw frame.error(
        row, feature.column,
        "the number is beyond the range of 32-bit numbers once it is scaled, since the train rows lie "
          + "from \(moments.minimum) to \(moments.maximum)")
    }
  }

  /// The magnitude up to which no number is too large after scaling.
  private var safeMagnitude: Double {
    let (unit, shift) =
      switch feature.scale {
      case .none: (1.0, 0.0)
      case .standard, .logStandard: (moments.standardDeviation, moments.mean.magnitude)
      case .minMax: (moments.maximum - moments.minimum, moments.minimum.magnitude)
      }
    return max(0, Self.largestMagnitude / 2 * min(unit, 1) - shift)
  }

  /// Writes scaled values to every `stride`-th position of `target`.
  private func scale(_ values: [Double], into target: UnsafeMutablePointer<Float>, stride: Int) {
    let (mean, minimum) = (moments.mean, moments.minimum)
    switch feature.scale {
    case .none:
      for (row, value) in values.enumerated() {
        target[row * stride] = Float(value.isNaN ? mean : value)
      }
    case .standard, .logStandard:
      let standard = moments.standardization
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
