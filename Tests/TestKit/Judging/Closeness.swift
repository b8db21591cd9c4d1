import TensorCore
import Testing

/// Expects every element to lie within `absolute + relative · |expected|` of the expected one.
///
/// Infinities are close to themselves, and NaN is close to NaN. One issue is recorded for the
/// element that is farthest beyond its limit.
public func expectClose(
  _ found: [Double], _ expected: [Double], relative: Double = 0, absolute: Double = 0,
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.count == expected.count else {
    Issue.record(
      "\(comment()) found \(found.count) elements, expected \(expected.count)",
      sourceLocation: sourceLocation)
    return
  }
  let comparisons = zip(found, expected).enumerated().map { index, pair in
    Comparison(
      quantity: "element \(index)", found: pair.0, expected: pair.1,
      limit: absolute + relative * abs(pair.1))
  }
  guard let worst = comparisons.max(by: { $0.severity < $1.severity }), !worst.passes else {
    return
  }
  Issue.record("\(comment()) \(worst)", sourceLocation: sourceLocation)
}

/// Expects a number to lie within `absolute + relative · |expected|` of the expected one.
public func expectClose(
  _ found: Double, _ expected: Double, relative: Double = 0, absolute: Double = 0,
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(
    [found], [expected], relative: relative, absolute: absolute, comment(),
    sourceLocation: sourceLocation)
}

/// Expects two tensors to have one shape and close elements.
public func expectClose(
  _ found: Tensor, _ expected: Tensor, relative: Double = 0, absolute: Double = 0,
  _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.shape == expected.shape else {
    Issue.record(
      "\(comment()) found shape \(found.shape), expected \(expected.shape)",
      sourceLocation: sourceLocation)
    return
  }
  expectClose(
    found.values.map(Double.init), expected.values.map(Double.init), relative: relative,
    absolute: absolute, comment(), sourceLocation: sourceLocation)
}

/// One number beside the number that it should be.
public struct Comparison: Sendable, CustomStringConvertible {
  /// What is compared, such as `d loss / d tower/weight[3]`.
  public let quantity: String

  /// The number under test.
  public let found: Double

  /// The number that a judge computed.
  public let expected: Double

  /// The greatest allowed distance.
  public let limit: Double

  /// Creates a comparison.
  public init(quantity: String, found: Double, expected: Double, limit: Double) {
    self.quantity = quantity
    self.found = found
    self.expected = expected
    self.limit = limit
  }

  /// How far the numbers lie apart; infinite where only one of them is finite.
  public var distance: Double {
    if found == expected || (found.isNaN && expected.isNaN) { return 0 }
    let distance = abs(found - expected)
    return distance.isNaN ? .infinity : distance
  }

  /// The distance as a multiple of the limit.
  public var severity: Double {
    if distance == 0 { return 0 }
    return distance.isFinite ? distance / limit : .infinity
  }

  /// Whether the distance is within the limit.
  public var passes: Bool { distance == 0 || (distance.isFinite && distance <= limit) }

  /// The comparison as a sentence.
  public var description: String {
    "\(quantity): found \(found), expected \(expected), apart by \(distance), limit \(limit)"
  }
}
