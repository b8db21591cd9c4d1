import Configuration

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The transform of numbers before scaling: they are clipped to bounds, then transformed.
struct NumericalTransform: Equatable, Sendable {
  /// A function of one number.
  enum Function: String, CaseIterable, Sendable {
    /// The natural logarithm; x must be above 0.
    case log
    /// log(1 + x); x must not be negative.
    case log1p
    /// sign(x) · log(1 + |x|).
    case signedLog1p = "signed-log1p"
  }

  /// The lower and upper bounds; nil if there is no bound.
  var low: Double?
  var high: Double?

  /// The function; nil if numbers are unchanged.
  var function: Function?

  /// Whether every number is unchanged.
  var isIdentity: Bool { low == nil && high == nil && function == nil }

  /// Reads `clip` and `transform`.
  init(clip: YAMLNode?, function: Function?) throws {
    self.function = function
    guard let clip else { return }
    let object = try clip.object(["low", "high"])
    low = try object["low"]?.number
    high = try object["high"]?.number
    guard low != nil || high != nil else { throw clip.error("must have 'low', 'high' or both") }
    if let low, let high, low > high { throw clip.error("has a 'low' above its 'high'") }
  }

  /// Returns the transformed number.
  ///
  /// - Throws: ``Refusal`` if the function is undefined.
  func callAsFunction(_ value: Double) throws(Refusal) -> Double {
    let clipped = min(max(value, low ?? -.infinity), high ?? .infinity)
    switch function {
    case nil: return clipped
    case .log:
      guard clipped > 0 else {
        throw Refusal(
          words: "is not above 0, as 'transform: log' needs it; clip it, or say 'transform: log1p'")
      }
      return Self.log(clipped)
    case .log1p:
      guard clipped >= 0 else {
        throw Refusal(
          words: "is negative, but log1p needs numbers from 0; clip it, or say 'transform: "
            + "signed-log1p'")
      }
      return Self.log1p(clipped)
    case .signedLog1p: return clipped < 0 ? -Self.log1p(-clipped) : Self.log1p(clipped)
    }
  }

  /// The reason why a number cannot be used.
  struct Refusal: Error {
    /// A description of the number's problem.
    var words: String
  }

  /// log(1 + x).
  static func log1p(_ value: Double) -> Double {
    #if canImport(Glibc)
      Glibc.log1p(value)
    #else
      Darwin.log1p(value)
    #endif
  }

  private static func log(_ value: Double) -> Double {
    #if canImport(Glibc)
      Glibc.log(value)
    #else
      Darwin.log(value)
    #endif
  }
}
