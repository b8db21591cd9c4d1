import TensorCore

/// The experts that every row selects in one layer: by the divergences of AESM², or by given claims.
///
/// With G_k the softmax of expert k's noisy logits over the gates, j the row's own gate, p_j the
/// one-hot distribution at j and q the uniform distribution over the m gates:
///
///     h^p_k = -KL(p_j ‖ G_k) = log G_{k,j}                     specific: the K_sp greatest
///     h^q_k = -KL(q ‖ G_k)   = log m + (1/m) Σ_i log G_{k,i}   shared: the K_sh greatest
///
/// Ties go to the expert with the lower number.
struct ExpertSelection {
  /// One byte for each row and expert, `[rows, n]`: bit 0 is set if specific, bit 1 if shared.
  let sets: [UInt8]

  static let specific: UInt8 = 1
  static let shared: UInt8 = 2

  /// Selects experts.
  ///
  /// - Parameters:
  ///   - logShares: log G: `[rows, m, n]`.
  ///   - own: The own gate of every row, in `0..<m`.
  ///   - specificCount: K_sp.
  ///   - sharedCount: K_sh.
  ///   - exclusive: Whether shared experts are chosen among those that are not specific.
  init(
    logShares: Tensor, own: [Int32], specificCount: Int, sharedCount: Int, exclusive: Bool
  ) {
    let (rows, m, n) = (logShares.shape[0], logShares.shape[1], logShares.shape[2])
    var sets = [UInt8](repeating: 0, count: rows * n)
    logShares.withUnsafeBufferPointer { shares in
      sets.withUnsafeMutableBufferPointer { sets in
        parallelFor(rows, blockSize: 256) { block in
          var claim = [Float](repeating: 0, count: n)
          for row in block {
            let base = row * m * n
            let chosen = row * n
            let ownBase = base + Int(own[row]) * n
            for k in 0..<n { claim[k] = shares[ownBase + k] }
            Self.mark(&claim, specificCount) { sets[chosen + $0] |= Self.specific }
            for k in 0..<n { claim[k] = 0 }
            for i in 0..<m {
              for k in 0..<n { claim[k] += shares[base + i * n + k] }
            }
            if exclusive { for k in 0..<n where sets[chosen + k] != 0 { claim[k] = -.infinity } }
            Self.mark(&claim, sharedCount) { sets[chosen + $0] |= Self.shared }
          }
        }
      }
    }
    self.sets = sets
  }

  /// Selects the shared experts with the greatest claims, then the specific ones among the others.
  ///
  /// - Parameters:
  ///   - shared: The claims to be shared, `[rows, n]`, and K_sh.
  ///   - specific: The claims to be specific, `[rows, n]`, and K_sp.
  init(
    rowCount: Int, expertCount n: Int, shared: (claims: [Float], count: Int),
    specific: (claims: [Float], count: Int)
  ) {
    var sets = [UInt8](repeating: 0, count: rowCount * n)
    for row in 0..<rowCount {
      let chosen = row * n
      var claim = Array(shared.claims[chosen..<chosen + n])
      Self.mark(&claim, shared.count) { sets[chosen + $0] |= Self.shared }
      claim = Array(specific.claims[chosen..<chosen + n])
      for k in 0..<n where sets[chosen + k] != 0 { claim[k] = .nan }
      Self.mark(&claim, specific.count) { sets[chosen + $0] |= Self.specific }
    }
    self.sets = sets
  }

  /// Calls `body` with the indices of the `count` greatest values, which it overwrites.
  private static func mark(_ values: inout [Float], _ count: Int, _ body: (Int) -> Void) {
    for _ in 0..<count {
      var best = -1
      for k in values.indices where !values[k].isNaN {
        if best < 0 || values[k] > values[best] { best = k }
      }
      guard best >= 0 else { return }
      body(best)
      values[best] = .nan
    }
  }

  /// Returns the weights with which the elements of log G sum to the mean of KL(p_j ‖ G_k) over
  /// rows and specific experts: `[rows, m, n]`.
  func specificLossWeights(own: [Int32], gateCount m: Int, expertCount n: Int, selecting count: Int)
    -> Tensor
  {
    let weights = Tensor(zeros: [own.count, m, n])
    let share = -1 / Float(max(1, own.count * count))
    weights.withUnsafeMutableBufferPointer { weights in
      for (row, gate) in own.enumerated() {
        for k in 0..<n where sets[row * n + k] & Self.specific != 0 {
          weights[(row * m + Int(gate)) * n + k] = share
        }
      }
    }
    return weights
  }

  /// Returns the weights with which the elements of log G sum to the mean of KL(q ‖ G_k) + log m
  /// over rows and shared experts: `[rows, m, n]`.
  func sharedLossWeights(rowCount: Int, gateCount m: Int, expertCount n: Int, selecting count: Int)
    -> Tensor
  {
    let weights = Tensor(zeros: [rowCount, m, n])
    let share = -1 / Float(max(1, rowCount * count * m))
    weights.withUnsafeMutableBufferPointer { weights in
      for row in 0..<rowCount {
        for k in 0..<n where sets[row * n + k] & Self.shared != 0 {
          for i in 0..<m { weights[(row * m + i) * n + k] = share }
        }
      }
    }
    return weights
  }
}
