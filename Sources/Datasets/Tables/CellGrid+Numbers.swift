import CKernels

extension CellGrid {
  /// Reads some columns of all rows as finite numbers.
  ///
  /// - Parameter replacements: By column, the value of an empty cell; nil if no cell may be empty.
  /// - Returns: nil where a cell is no such number, or is beyond the range of 32-bit numbers.
  func numberRows(columns: [Int], replacements: [Float?]) -> NumberRows? {
    let width = columns.count
    let count = rowCount * width
    var isReadable = true
    let values = [Float](unsafeUninitializedCapacity: count) { values, size in
      size = count
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { others in
        let otherCount = ck_text_rows(
          chunk.bytes, starts, ends, columnCount, rowCount, columns.map { UInt32($0) }, width,
          values.baseAddress, others.baseAddress)
        guard otherCount > 0 else { return }
        for index in 0..<count where others[index] != 0 {
          let column = index % width
          guard
            let value = others[index] == CK_EMPTY
              ? replacements[column] : number(row: index / width, column: columns[column])
          else {
            isReadable = false
            return
          }
          values[index] = value
        }
      }
    }
    return isReadable ? NumberRows(values: values, width: width) : nil
  }

  private func number(row: Int, column: Int) -> Float? {
    guard let value = NumberText.parse(CellColumn(self, column).cell(row)) else { return nil }
    return Float(value).isFinite ? Float(value) : nil
  }
}
