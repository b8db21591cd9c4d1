import CLAPACKE

/// A distribution of initial weights.
///
/// For a matrix `[inputSize, outputSize]`, the fans are its two sizes; for higher ranks, the fan-in
/// is the product of all dimensions except the last.
public enum Initializer: Sendable, Equatable {
  /// All elements equal.
  case constant(Float)
  /// Uniform in [-bound, bound].
  case uniform(bound: Float)
  /// Normal with mean zero.
  case normal(deviation: Float)
  /// Uniform with bound sqrt(6 / (fanIn + fanOut)): Glorot and Bengio, AISTATS 2010.
  case xavierUniform
  /// Normal with deviation sqrt(2 / (fanIn + fanOut)): Glorot and Bengio, AISTATS 2010.
  case xavierNormal
  /// Uniform with bound sqrt(6 / fanIn): He et al., ICCV 2015.
  case heUniform
  /// Orthonormal rows or columns (whichever are fewer) times a gain: Saxe et al., ICLR 2014.
  ///
  /// This is the Q of the factorization A = QR of a normal matrix (or of its transpose if there are
  /// fewer rows) with a positive diagonal of R. This Q is unique and does not depend on the signs
  /// chosen by LAPACK: the same LAPACK always gives the same bits, and another one gives the same
  /// numbers up to rounding.
  case orthogonal(gain: Float)

  /// All zeros.
  public static var zeros: Initializer { .constant(0) }

  /// All ones.
  public static var ones: Initializer { .constant(1) }

  /// Returns the rows of a table that belong to this rank, drawn as those of the whole table.
  func tensor(
    shape: [Int], shards: RowShards?, using stream: inout RandomStream
  ) -> Tensor {
    guard let shards else { return tensor(shape: shape, using: &stream) }
    let tensor = Tensor(uninitialized: [shards.ownRowCount] + shape.dropFirst())
    switch self {
    case .constant(let value): return Tensor(repeating: value, shape: tensor.shape)
    case .uniform(let bound):
      tensor.fillUniform(bound: Double(bound), rows: shards, using: &stream)
    case .normal(let deviation):
      tensor.fillNormal(deviation: Double(deviation), rows: shards, using: &stream)
    case .xavierUniform, .xavierNormal, .heUniform, .orthogonal:
      return shards.ownRows(of: self.tensor(shape: shape, using: &stream))
    }
    return tensor
  }

  /// Returns a tensor drawn from the distribution.
  public func tensor(shape: [Int], using stream: inout RandomStream) -> Tensor {
    let tensor = Tensor(uninitialized: shape)
    let fanIn = Double(tensor.rowCount)
    let fanOut = Double(tensor.columnCount)
    switch self {
    case .constant(let value): return Tensor(repeating: value, shape: shape)
    case .uniform(let bound): tensor.fillUniform(bound: Double(bound), using: &stream)
    case .normal(let deviation): tensor.fillNormal(deviation: Double(deviation), using: &stream)
    case .xavierUniform:
      tensor.fillUniform(bound: (6 / (fanIn + fanOut)).squareRoot(), using: &stream)
    case .xavierNormal:
      tensor.fillNormal(deviation: (2 / (fanIn + fanOut)).squareRoot(), using: &stream)
    case .heUniform: tensor.fillUniform(bound: (6 / fanIn).squareRoot(), using: &stream)
    case .orthogonal(let gain): tensor.fillOrthogonal(gain: gain, using: &stream)
    }
    return tensor
  }
}

extension Tensor {
  fileprivate func fillUniform(
    bound: Double, rows: RowShards? = nil, using stream: inout RandomStream
  ) {
    fill(rows, using: &stream, drawsPerElement: 1) { Float((2 * $0.uniform() - 1) * bound) }
  }

  fileprivate func fillNormal(
    deviation: Double, rows: RowShards? = nil, using stream: inout RandomStream
  ) {
    fill(rows, using: &stream, drawsPerElement: 2) { Float($0.normal() * deviation) }
  }

  /// Draws the elements in order, in blocks on several threads; for this rank's rows of a table, at
  /// their positions in the whole table.
  private func fill(
    _ rows: RowShards?, using stream: inout RandomStream, drawsPerElement: Int,
    _ draw: (inout RandomStream) -> Float
  ) {
    let start = stream
    if let rows {
      let width = columnCount
      parallelFor(rowCount, blockSize: 256) { block in
        for row in block {
          var stream = start
          stream.skip(rows.row(ofOwn: row) * width * drawsPerElement)
          for i in row * width..<(row + 1) * width { pointer[i] = draw(&stream) }
        }
      }
      stream.skip(rows.rowCount * width * drawsPerElement)
      return
    }
    parallelFor(count, blockSize: 1 << 14) { block in
      var stream = start
      stream.skip(block.lowerBound * drawsPerElement)
      for i in block { pointer[i] = draw(&stream) }
    }
    stream.skip(count * drawsPerElement)
  }

  /// Fills with the Q factor of a normal matrix, with signs fixed by the diagonal of R so that Q is
  /// uniformly distributed.
  fileprivate func fillOrthogonal(gain: Float, using stream: inout RandomStream) {
    let rows = rowCount
    let columns = columnCount
    let tall = max(rows, columns)
    let narrow = min(rows, columns)
    guard narrow > 0 else { return }
    _ = blasOfOneThread
    var matrix = (0..<tall * narrow).map { _ in Float(stream.normal()) }
    var tau = [Float](repeating: 0, count: narrow)
    var info = LAPACKE_sgeqrf(
      LAPACK_ROW_MAJOR, Int32(tall), Int32(narrow), &matrix, Int32(narrow), &tau)
    precondition(info == 0, "sgeqrf failed: \(info)")
    let signs = (0..<narrow).map { matrix[$0 * narrow + $0] < 0 ? -gain : gain }
    info = LAPACKE_sorgqr(
      LAPACK_ROW_MAJOR, Int32(tall), Int32(narrow), Int32(narrow), &matrix, Int32(narrow), &tau)
    precondition(info == 0, "sorgqr failed: \(info)")
    for row in 0..<rows {
      for column in 0..<columns {
        pointer[row * columns + column] =
          rows >= columns
          ? matrix[row * narrow + column] * signs[column]
          : matrix[column * narrow + row] * signs[row]
      }
    }
  }
}
