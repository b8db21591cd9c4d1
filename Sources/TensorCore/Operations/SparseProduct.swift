/// A sparse matrix, stored by rows, with one row per row of a batch.
///
/// Row `i` has the elements `values[k]` in the columns `columns[k]`, for `k` in
/// `offsets[i]..<offsets[i + 1]`. A column that occurs twice in a row counts twice.
public struct SparseRows: Sendable {
  /// The offset at which each row's elements begin, with the total at the end: `rowCount + 1`
  /// numbers.
  public private(set) var offsets: [Int] = [0]

  /// The columns of all elements, row by row.
  public private(set) var columns: [Int32] = []

  /// The elements.
  public private(set) var values: [Float] = []

  /// The number of columns of the matrix.
  public let columnCount: Int

  /// The number of rows.
  public var rowCount: Int { offsets.count - 1 }

  /// Creates a matrix without rows.
  ///
  /// - Parameters:
  ///   - columnCount: The number of columns.
  ///   - rowCapacity: The number of rows to reserve space for.
  ///   - elementCapacity: The number of elements to reserve space for.
  public init(columnCount: Int, rowCapacity: Int = 0, elementCapacity: Int = 0) {
    self.columnCount = columnCount
    offsets.reserveCapacity(rowCapacity + 1)
    columns.reserveCapacity(elementCapacity)
    values.reserveCapacity(elementCapacity)
  }

  /// Adds an element to the current row, which ``endRow()`` ends.
  ///
  /// - Precondition: the column is within the matrix.
  @inline(__always)
  public mutating func append(_ value: Float, column: Int) {
    require(column >= 0 && column < columnCount, "column \(column) of \(columnCount)")
    columns.append(Int32(truncatingIfNeeded: column))
    values.append(value)
  }

  /// Ends a row.
  public mutating func endRow() { offsets.append(columns.count) }

  /// Appends the rows of another matrix.
  ///
  /// - Precondition: both have the same number of columns.
  public mutating func append(_ other: SparseRows) {
    require(
      other.columnCount == columnCount,
      "sparse rows of \(other.columnCount) columns below those of \(columnCount)")
    let start = columns.count
    columns += other.columns
    values += other.values
    offsets += other.offsets.dropFirst().lazy.map { $0 + start }
  }

  /// Returns X W.
  ///
  /// - X (self): `[rows, columns]`; table W: `[columns, c]`; result: `[rows, c]`, with row `i`
  ///   equal to `Σ_k values[k] · W[columns[k]]`, summed in order.
  /// - Backward: if the table is a parameter, its gradient is a ``RowGradient`` of the columns that
  ///   occur, each `Σ values[k] · dy_i` in order of position.
  /// - Precondition: W has as many rows as the matrix has columns.
  public func multiplied(by table: Variable) -> Variable {
    require(
      table.shape.count == 2 && table.shape[0] == columnCount,
      "sparse rows of \(columnCount) columns do not fit \(table.described)")
    let width = table.shape[1]
    let y = Tensor(zeros: [rowCount, width])
    parallelFor(rowCount, blockSize: rowBlock) { block in
      for row in block {
        let sum = y.pointer + row * width
        for k in offsets[row]..<offsets[row + 1] {
          let weights = table.value.pointer + Int(columns[k]) * width
          for column in 0..<width { sum[column] += values[k] * weights[column] }
        }
      }
    }
    return record(
      y, from: [table], cost: .others(2 * columns.count * width, of: [table]),
      naive: { [self] inputs in
        var result = NaiveTensor(zeros: [rowCount, width])
        for row in 0..<rowCount {
          for k in offsets[row]..<offsets[row + 1] {
            for column in 0..<width {
              result[row, column] += Double(values[k]) * inputs[0][Int(columns[k]), column]
            }
          }
        }
        return result
      },
      backward: { [self] dy in
        let spread = Tensor(uninitialized: [columns.count, width])
        for row in 0..<rowCount {
          for k in offsets[row]..<offsets[row + 1] {
            for column in 0..<width {
              spread.pointer[k * width + column] = values[k] * dy.pointer[row * width + column]
            }
          }
        }
        table.accumulateRows(spread, ids: columns)
      })
  }
}
