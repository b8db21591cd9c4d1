import TensorCore

/// The permutation test of paired differences: if the rows do not differ, every difference is equally
/// likely to have either sign (Fisher, "The Design of Experiments", 1935).
///
/// The statistic is the absolute value of the mean difference, so the test is two-sided. Sums that
/// agree to a relative 1e-12 count as equal.
///
/// - For up to 16 differences all 2ⁿ assignments of signs are enumerated, and the p-value is their
///   share that is at least as extreme as the one observed.
/// - Above, signs are drawn at random from a stream of the stated seed, and the p-value is
///   (extreme + 1) / (drawn + 1), which is valid for any number of draws (Phipson and Smyth, 2010).
public struct PermutationTest: Sendable, Equatable {
  /// How the p-value was found.
  public enum Method: Sendable, Equatable {
    /// By enumerating all assignments of signs.
    case exact(arrangements: Int)
    /// By drawing assignments at random.
    case drawn(count: Int, seed: UInt64)
  }

  /// The largest number of differences whose assignments of signs are enumerated.
  public static let exactLimit = 16

  /// The two-sided p-value.
  public let probability: Double
  /// How it was found.
  public let method: Method

  /// Tests differences; nil if there are none.
  ///
  /// - Parameters:
  ///   - differences: The paired differences.
  ///   - draws: The number of random assignments for more than 16 differences.
  ///   - seed: The seed of the stream `statistics/permutation` that they are drawn from.
  /// - Precondition: `draws > 0`.
  public init?(_ differences: [Double], draws: Int = 99_999, seed: UInt64 = 0) {
    guard !differences.isEmpty else { return nil }
    precondition(draws > 0, "a permutation test needs draws")
    let scale = differences.reduce(0) { $0 + abs($1) }
    let threshold = abs(differences.reduce(0, +)) - 1e-12 * scale
    if differences.count <= Self.exactLimit {
      let half = differences.count / 2
      let (first, second) = (
        Self.signedSums(differences[..<half]), Self.signedSums(differences[half...])
      )
      let extreme = first.reduce(0) { total, a in
        total + second.count { abs(a + $0) >= threshold }
      }
      let arrangements = first.count * second.count
      method = .exact(arrangements: arrangements)
      probability = Double(extreme) / Double(arrangements)
    } else {
      var stream = RandomStreams(seed: seed)["statistics/permutation"]
      var extreme = 0
      for _ in 0..<draws {
        var (sum, bits) = (0.0, UInt64(0))
        for (index, difference) in differences.enumerated() {
          if index.isMultiple(of: 64) { bits = stream.next() }
          sum += bits & 1 == 0 ? difference : -difference
          bits >>= 1
        }
        if abs(sum) >= threshold { extreme += 1 }
      }
      method = .drawn(count: draws, seed: seed)
      probability = Double(extreme + 1) / Double(draws + 1)
    }
  }

  private static func signedSums(_ values: ArraySlice<Double>) -> [Double] {
    values.reduce([0]) { sums, value in sums.flatMap { [$0 + value, $0 - value] } }
  }
}
