import CNumerics

/// A matrix in the form that products with a certain precision read.
///
/// With `fp32`, this is the tensor's own memory. With `bf16`, it is a copy, rounded once no matter
/// how many products read it: keep the operand as long as it is needed in products.
struct MatrixOperand: @unchecked Sendable {
  enum Elements {
    case floats(UnsafePointer<Float>)
    case bfloats(UnsafePointer<UInt16>)
  }

  /// The first element.
  private(set) var elements: Elements
  /// The distance between rows in memory.
  let leadingDimension: Int
  private(set) var isTransposed = false
  /// Keeps the elements alive.
  private let memory: Tensor

  /// Prepares a matrix `[rows, columns]`.
  ///
  /// The tensor must not change while the operand is in use.
  /// - Precondition: the precision is available.
  init(_ matrix: Tensor, precision: MatrixPrecision) {
    leadingDimension = max(1, matrix.columnCount)
    switch precision {
    case .fp32:
      memory = matrix
      elements = .floats(matrix.pointer)
    case .bf16:
      memory = Tensor(uninitialized: [(matrix.count + 1) / 2])
      let rounded = UnsafeMutableRawPointer(memory.pointer)
        .bindMemory(to: UInt16.self, capacity: matrix.count)
      parallelFor(matrix.count, blockSize: elementBlock) { block in
        ck_round_to_bfloat16(
          matrix.pointer + block.lowerBound, rounded + block.lowerBound, block.count)
      }
      elements = .bfloats(rounded)
    }
  }

  /// The precision to which the elements were rounded.
  var precision: MatrixPrecision {
    switch elements {
    case .floats: .fp32
    case .bfloats: .bf16
    }
  }

  /// The same matrix, read as its transpose.
  var transposed: MatrixOperand {
    var result = self
    result.isTransposed.toggle()
    return result
  }

  /// Returns the part that begins at a row and a column, counted as the matrix is stored in memory.
  func from(row: Int, column: Int = 0) -> MatrixOperand {
    let offset = row * leadingDimension + column
    var result = self
    switch elements {
    case .floats(let pointer): result.elements = .floats(pointer + offset)
    case .bfloats(let pointer): result.elements = .bfloats(pointer + offset)
    }
    return result
  }
}
