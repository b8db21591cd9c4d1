import CNumerics

extension Variable {
  /// Returns the elements plus independent normal noise.
  ///
  /// Element `i` of the noise depends only on the stream's key and `i`.
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

  /// Returns the elements plus independent noise, uniform in a range.
  ///
  /// Element `i` of the noise depends only on the stream's key and `i`.
  /// - Backward: dx = dy.
  public func addingUniformNoise(
    in range: ClosedRange<Float>, using stream: RandomStream
  ) -> Variable {
    self + Variable(Tensor(uniformIn: range, shape: shape, using: stream))
  }
}

extension Tensor {
  /// Creates a tensor of independent numbers, uniform in a range.
  ///
  ///     x_i = lower + (upper - lower) · u_i,   u_i in (0, 1) with 23 random bits
  ///
  /// Element `i` depends only on the stream's key and `i`. In `0...1`, neither 0 nor 1 occurs, so
  /// log u and log(1 - u) are finite.
  public init(
    uniformIn range: ClosedRange<Float> = 0...1, shape: [Int], using stream: RandomStream
  ) {
    self.init(uninitialized: shape)
    let width = range.upperBound - range.lowerBound
    parallelFor(count, blockSize: elementBlock) { block in
      var stream = RandomStream(key: stream.key)
      stream.skip(block.lowerBound)
      for i in block {
        let unit = (Float(stream.next() >> 41) + 0.5) * 0x1p-23
        pointer[i] = range.lowerBound + width * unit
      }
    }
  }
}
