import Synchronization

/// The cost of matrix products and their peak rate on this machine.
package enum MatrixProducts {
  private static let operations = Atomic<Int>(0)

  /// The number of floating-point operations in all matrix products of this process so far.
  ///
  /// A product `[m, k] · [k, n]` counts 2 m n k: one multiplication and one addition per term.
  package static var operationCount: Int { operations.load(ordering: .relaxed) }

  static func count(m: Int, n: Int, k: Int) {
    operations.wrappingAdd(2 * m * n * k, ordering: .relaxed)
  }

  /// Returns the highest observed rate with every thread multiplying its own square matrices, in
  /// floating-point operations per second.
  ///
  /// - Parameters:
  ///   - size: The size of the square matrices.
  ///   - rounds: The number of measurements.
  ///   - precision: The precision of the products, which must be available.
  package static func peakRate(
    size: Int, rounds: Int, precision: MatrixPrecision = .fp32
  ) -> Double {
    let threadCount = Parallelism.threadCount
    let operands = (0..<threadCount).map { _ in
      (0..<2).map {
        let square = Tensor(repeating: 1 / Float(size + $0), shape: [size, size])
        return MatrixOperand(square, precision: precision)
      }
    }
    let results = (0..<threadCount).map { _ in Tensor(zeros: [size, size]) }
    let work = 2.0 * Double(threadCount) * Double(size * size * size)
    let clock = ContinuousClock()
    return (0..<rounds).map { _ in
      let time = clock.measure {
        parallelFor(threadCount, blockSize: 1) { thread in
          let matrices = operands[thread.lowerBound]
          gemm(
            matrices[0], matrices[1], results[thread.lowerBound].pointer, size, m: size, n: size,
            k: size)
        }
      }
      return work / (time / .seconds(1))
    }.max() ?? 0
  }
}
