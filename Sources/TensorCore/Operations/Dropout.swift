/// Dropout, which zeroes a share of the elements in training and scales up the others.
///
/// Whether element `i` is kept depends only on the stream's key and `i`. Source: Srivastava et al.,
/// JMLR 15 (2014).
public struct Dropout: Sendable {
  /// The probability that an element becomes zero; the others are divided by `1 - rate`.
  public let rate: Float

  /// The random stream that selects these elements.
  public let stream: RandomStream

  /// Creates dropout.
  ///
  /// - Precondition: `0 <= rate < 1`.
  public init(rate: Float, stream: RandomStream) {
    require(rate >= 0 && rate < 1, "a dropout rate of \(rate): 0..<1 is wanted")
    self.rate = rate
    self.stream = stream
  }

  /// The factor of every element: 0 or `1 / (1 - rate)`.
  func factors(count: Int) -> [Float] {
    let ones = Tensor(repeating: 1, shape: [count])
    Epilogue(.identity, self).apply(to: ones)
    return ones.values
  }
}

extension Variable {
  /// Returns the elements, each either kept with probability `1 - rate` and divided by it, or set
  /// to zero.
  ///
  /// - Backward: dx = dy / (1 - rate) if an element was kept, otherwise 0.
  /// - Precondition: `0 <= rate < 1`.
  public func dropout(rate: Float, using stream: RandomStream) -> Variable {
    activated(by: .identity, dropout: Dropout(rate: rate, stream: stream))
  }

  /// Returns the epilogue applied to every element.
  func applying(_ epilogue: Epilogue) -> Variable {
    let y = value.copy()
    epilogue.apply(to: y)
    return record(
      y, from: [self], cost: .others(epilogue.stepCount * y.count, of: [self]),
      naive: { inputs in
        let function = epilogue.naive(elementCount: y.count)
        let values = inputs[0].values.enumerated().map { function($1, $0) }
        return NaiveTensor(values, shape: inputs[0].shape)
      },
      backward: { dy in
        epilogue.derive(dy, at: y)
        self.accumulate(dy)
      })
  }
}
