import TensorCore

/// Sobol's sequence of points that fill the unit cube evenly, with Owen's scrambling.
///
/// The first 2^m points have one in every dyadic cell of 1 / 2^m of the range of every dimension.
/// Scrambling keeps this, and makes every point uniform by itself: at every node of the binary tree
/// of a dimension's digits, a random bit decides whether the halves below change places.
///
/// Sources: Sobol', USSR Computational Mathematics and Mathematical Physics 7, 1967; Owen, Randomly
/// permuted (t,m,s)-nets and (t,s)-sequences, 1995; direction numbers of Joe and Kuo, 2008.
struct SobolSequence: Sendable {
  /// The largest number of dimensions.
  static let dimensionLimit = 1 + directionTable.count

  private static let digits = 32

  /// The direction numbers of every dimension, the most significant digit first.
  private let directions: [[UInt32]]
  /// For every dimension, the random bits of the nodes of its tree; empty without scrambling.
  private let scrambling: [RandomStream]

  /// Creates the sequence.
  ///
  /// - Parameters:
  ///   - dimensionCount: The number of dimensions.
  ///   - streams: A random stream for every dimension; empty for the sequence without scrambling.
  /// - Precondition: `dimensionCount` is at most ``dimensionLimit``, and there are no streams or
  ///   as many as dimensions.
  init(dimensionCount: Int, scrambledBy streams: [RandomStream]) {
    precondition(dimensionCount <= Self.dimensionLimit, "too many dimensions")
    precondition(streams.isEmpty || streams.count == dimensionCount, "a stream per dimension")
    directions = (0..<dimensionCount).map(Self.directions(ofDimension:))
    scrambling = streams
  }

  /// Returns the point with an index, counted from 0, whose coordinates are from 0 to below 1.
  ///
  /// - Precondition: `index` is from 0 to below 2^32.
  func point(_ index: Int) -> [Double] {
    let index = UInt32(index)
    return directions.indices.map { dimension in
      var digits: UInt32 = 0
      for (bit, direction) in directions[dimension].enumerated() where index >> bit & 1 == 1 {
        digits ^= direction
      }
      guard !scrambling.isEmpty else { return Double(digits) * 0x1p-32 }
      return (Double(scrambled(digits, by: scrambling[dimension])) + 0.5) * 0x1p-32
    }
  }

  private func scrambled(_ digits: UInt32, by stream: RandomStream) -> UInt32 {
    var result = digits
    var node = 1
    for bit in (0..<Self.digits).reversed() {
      var draws = stream
      draws.skip(node)
      if draws.next() & 1 == 1 { result ^= 1 << bit }
      node = node << 1 | Int(digits >> bit & 1)
    }
    return result
  }

  /// Initial numbers by dimension, from the second on.
  private static let directionTable: [[UInt32]] = sobolDirectionNumbers.split(separator: "\n").map {
    $0.split(separator: " ").compactMap { UInt32($0) }
  }

  private static func directions(ofDimension dimension: Int) -> [UInt32] {
    guard dimension > 0 else { return (0..<digits).map { 1 << (digits - 1 - $0) } }
    let polynomial = directionTable[dimension - 1][0]
    let initial = directionTable[dimension - 1].dropFirst()
    let degree = initial.count
    var result = initial.enumerated().map { $1 << (digits - 1 - $0) }
    for index in degree..<digits {
      var next = result[index - degree] ^ (result[index - degree] >> degree)
      for k in 1..<max(1, degree) where polynomial >> (degree - k) & 1 == 1 {
        next ^= result[index - k]
      }
      result.append(next)
    }
    return result
  }
}
