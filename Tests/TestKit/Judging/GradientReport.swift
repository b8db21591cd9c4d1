/// What a gradient check found: a value, so that tests can judge the check itself.
public struct GradientReport: Sendable, CustomStringConvertible {
  /// Everything compared: recorded values with their naive twins, gradients with differences.
  public private(set) var comparisons: [Comparison] = []

  init() {}

  mutating func add(_ comparison: Comparison) { comparisons.append(comparison) }

  /// The comparisons beyond their limit, the worst first.
  public var mismatches: [Comparison] {
    comparisons.filter { !$0.passes }.sorted { $0.severity > $1.severity }
  }

  /// Whether something was compared and all of it agrees.
  public var passes: Bool { !comparisons.isEmpty && mismatches.isEmpty }

  /// The comparison nearest to its limit, or farthest beyond it.
  public var worst: Comparison? { comparisons.max { $0.severity < $1.severity } }

  /// The number of mismatches with the worst of them.
  public var description: String {
    guard let worst else { return "nothing was compared" }
    let shown = mismatches.prefix(5).map { "\n  \($0)" }.joined()
    return mismatches.isEmpty
      ? "\(comparisons.count) comparisons agree; nearest to its limit: \(worst)"
      : "\(mismatches.count) of \(comparisons.count) comparisons disagree:\(shown)"
  }
}

/// How a gradient check compares.
public struct GradientCheck: Sendable {
  /// The allowed distance of a recorded `Float` value from its `Double` twin, relative to the
  /// greatest magnitude among its elements.
  public var valueTolerance = 1e-5

  /// The allowed distance of a gradient from its finite difference, relative to the greatest
  /// gradient of the same parameter.
  public var gradientTolerance = 1e-3

  /// The allowed distance of anything, whatever its magnitude.
  public var absoluteTolerance = 1e-6

  /// The number of elements of each parameter that are differentiated, drawn at random; a
  /// parameter with at most this many has all of them differentiated.
  public var coordinateCount = 12

  /// Chooses elements, directions and the random streams of a training pass.
  public var seed: UInt64 = 1

  /// Creates a check with the usual limits.
  public init() {}

  /// Creates a check with some limits replaced.
  public init(_ change: (inout GradientCheck) -> Void) { change(&self) }
}
