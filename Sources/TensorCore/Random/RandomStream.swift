/// A family of random streams derived from one seed.
///
/// A stream is identified by its purpose, such as `init/expert/3` or `shuffle/epoch/2`; drawing
/// from one never advances another, and streams need no stored state. Draws in training step `n`
/// come from streams whose names end in that step, so resuming a run needs only its step number.
public struct RandomStreams: Sendable, Hashable {
  /// The seed of the family.
  public let seed: UInt64

  /// Creates the family of `seed`.
  public init(seed: UInt64) { self.seed = seed }

  /// Returns the stream with the given purpose, at its beginning.
  public subscript(_ purpose: String) -> RandomStream {
    RandomStream(key: RandomStream.mix(seed &+ RandomStream.mix(stableHash(purpose))))
  }
}

/// Returns a hash of the UTF-8 bytes of `text` that is the same in every process (FNV-1a, 64 bits).
public func stableHash(_ text: String) -> UInt64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in text.utf8 {
    hash ^= UInt64(byte)
    hash = hash &* 0x0000_0100_0000_01b3
  }
  return hash
}

/// A counter-based random generator: the n-th value is a hash of the key and `n` (SplitMix64).
///
/// Reference: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// The key that distinguishes this stream from others.
  public let key: UInt64

  /// The number of values drawn so far.
  public private(set) var position: UInt64 = 0

  /// Creates the stream of `key` at its beginning.
  public init(key: UInt64) { self.key = key }

  /// Returns the finalizing hash of SplitMix64.
  public static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Returns the next 64 random bits.
  public mutating func next() -> UInt64 {
    position &+= 1
    return Self.mix(key &+ position &* 0x9e37_79b9_7f4a_7c15)
  }

  /// Skips the next `count` values.
  public mutating func skip(_ count: Int) { position &+= UInt64(count) }

  /// Returns a number uniform in [0, 1) with 53 random bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Returns a number from the standard normal distribution (Box-Muller, one of the pair).
  public mutating func normal() -> Double {
    let u = 1 - uniform()
    let v = uniform()
    return (-2 * u.naturalLogarithm).squareRoot() * (2 * Double.pi * v).cosine
  }

  /// Returns an integer uniform in `0..<bound`, without bias.
  ///
  /// - Precondition: `bound > 0`.
  public mutating func integer(below bound: Int) -> Int {
    Int(next(upperBound: UInt64(bound)))
  }

  /// Shuffles `values` in place (Fisher-Yates).
  public mutating func shuffle<Element>(_ values: inout [Element]) {
    values.withUnsafeMutableBufferPointer { buffer in
      guard buffer.count > 1 else { return }
      for i in stride(from: buffer.count - 1, to: 0, by: -1) {
        buffer.swapAt(i, integer(below: i + 1))
      }
    }
  }
}
