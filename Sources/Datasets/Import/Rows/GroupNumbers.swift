/// Numbers the groups of a split, and watches for groups that several sources share.
struct GroupNumbers {
  private var table = KeyTable()
  private var sources: [Int32] = []

  /// The groups that occur in more than one source.
  private(set) var severalSourceCount = 0

  /// Returns the group of every row; rows must come in order.
  mutating func numbers(of rows: PreparedSource.Rows, columns: [String]) throws -> [Int32] {
    var numbers: [Int32] = []
    numbers.reserveCapacity(rows.frame.rowCount)
    let keys = try RowKeys(columns: columns, of: rows.frame)
    keys.forEach { row, key in
      numbers.append(
        keys.repeatsKey(row) ? numbers[row - 1] : number(of: key, source: rows.source))
    }
    return numbers
  }

  private mutating func number(of key: UnsafeBufferPointer<UInt8>, source: Int) -> Int32 {
    let number = table.insert(key)
    if number == sources.count {
      sources.append(Int32(source))
    } else if sources[number] >= 0, sources[number] != source {
      sources[number] = -1
      severalSourceCount += 1
    }
    return Int32(number)
  }
}
