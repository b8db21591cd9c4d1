import CKernels

extension Variable {
  /// Returns the elements, each kept with probability `1 - rate` and then divided by it, else zero.
  ///
  /// Element `i` depends on the stream's key and `i` alone.
  /// - Backward: dx = mask · dy.
  /// - Precondition: `0 <= rate < 1`.
  public func dropout(rate: Float, using stream: RandomStream) -> Variable {
    precondition(rate >= 0 && rate < 1, "dropout rate \(rate)")
    if rate == 0 { return self }
    let mask = Tensor(uninitialized: shape)
    parallelFor(mask.count, blockSize: elementBlock) { block in
      ck_dropout_mask(
        stream.key, UInt64(block.lowerBound), 1 - rate, 1 / (1 - rate),
        mask.pointer + block.lowerBound, block.count)
    }
    return self * Variable(mask)
  }

  /// Returns the elements plus independent normal noise.
  ///
  /// Element `i` of the noise depends on the stream's key and `i` alone.
  /// - Backward: dx = dy.
  public func addingNoise(deviation: Float, using stream: RandomStream) -> Variable {
    if deviation == 0 { return self }
    let noise = Tensor(uninitialized: shape)
    parallelFor(noise.count, blockSize: elementBlock) { block in
      ck_normal(
        stream.key, UInt64(block.lowerBound), deviation, noise.pointer + block.lowerBound,
        block.count)
    }
    return self + Variable(noise)
  }
}
