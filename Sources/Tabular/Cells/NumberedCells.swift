import CText

/// Cells as numbers of their distinct texts, in order of first occurrence.
package struct NumberedCells {
  /// The number of each cell's text.
  private(set) var numbers: [Int32] = []

  /// The distinct texts.
  private(set) var texts = TextColumn()

  /// Their hashes, as used by ``KeyTable``.
  private(set) var hashes: [UInt64] = []

  /// Numbers the cells of a column of a file.
  package init(_ column: CellColumn) {
    column.withCells { starts, ends in
      fill(column.grid.chunk.bytes, starts, ends, column.grid.columnCount, column.count)
    }
  }

  /// Numbers texts.
  package init(_ column: TextColumn) {
    guard column.count > 0 else { return }
    let bytes = column.bytes + [UInt8](repeating: 0, count: 8)
    let ends = column.ends.map { UInt32($0) }
    let starts = [0] + ends.dropLast()
    fill(bytes, starts, ends, 1, column.count)
  }

  private mutating func fill(
    _ bytes: UnsafePointer<UInt8>, _ starts: UnsafePointer<UInt32>, _ ends: UnsafePointer<UInt32>,
    _ stride: Int, _ count: Int
  ) {
    var slotCount = 16
    while slotCount < count * 2 { slotCount *= 2 }
    var keyCount = 0
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: slotCount) { slots in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { firsts in
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { found in
          numbers = [Int32](unsafeUninitializedCapacity: count) { numbers, size in
            keyCount = ck_number_keys(
              bytes, starts, ends, stride, count, slots.baseAddress, slotCount,
              numbers.baseAddress, firsts.baseAddress, found.baseAddress)
            size = count
          }
          hashes = Array(found[..<keyCount])
          for first in firsts[..<keyCount] {
            let (start, end) = (starts[Int(first) * stride], ends[Int(first) * stride])
            texts.append(
              UnsafeBufferPointer(start: bytes + Int(start), count: Int(end - start)))
          }
        }
      }
    }
  }

  /// Writes the numbers of the cells' texts in a table, adding new texts to it.
  package func write(numbersIn table: inout KeyTable, to target: UnsafeMutableBufferPointer<Int32>)
  {
    var numbersInTable = [Int32](repeating: 0, count: texts.count)
    texts.forEach { number, text in
      numbersInTable[number] = Int32(table.insert(text, hash: hashes[number]))
    }
    numbersInTable.withUnsafeBufferPointer { numbersInTable in
      for (cell, number) in numbers.enumerated() { target[cell] = numbersInTable[Int(number)] }
    }
  }
}
