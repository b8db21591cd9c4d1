import CNumerics

/// A matrix in the form that products of one precision read.
///
/// With `fp32` this is the tensor's own memory. With `bf16` it is a copy, rounded once, however many
/// products read it: keep the operand as long as products of the same matrix are to come.
struct MatrixOperand: @unchecked Sendable {
  enum Elements {
    case floats(UnsafePointer<Float>)
    case bfloats(UnsafePointer<UInt16>)
  }

  /// The first element.
  private(set) var elements: Elements
  /// The distance between rows as they lie in memory.
  let leadingDimension: Int
  private(set) var isTransposed = false
  /// Keeps the elements alive.
  private let memory: Tensor

  /// Prepares a matrix `[rows, columns]`.
  ///
  /// The tensor must not change as long as the operand is used.
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

  /// What the elements were rounded to.
  var precision: MatrixPrecision {
    switch elements {
    case .floats: .fp32
    case .bfloats: .bf16
    }
  }

  /// The same matrix, to be read transposed.
  var transposed: MatrixOperand {
    var result = self
    result.isTransposed.toggle()
    return result
  }

  /// The part that begins at a row and a column, counted as the matrix lies in memory.
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
