import Tabular

/// Numbers the groups of a split, and detects groups that occur in several sources.
///
/// A row that lacks one of the group columns has no group: it gets a unique number. A group of one
/// row never has both classes, so grouped metrics leave it out.
struct GroupNumbers {
  private var table = KeyTable()
  private var groups: [Group] = []
  private var nextNumber: Int32 = 0

  /// The number of groups that occur in more than one source.
  private(set) var severalSourceCount = 0

  /// The number of rows without a group.
  private(set) var rowsWithoutGroup = 0

  /// A group's number, and its only source; -1 if there are several.
  private struct Group {
    let number: Int32
    var source: Int32
  }

  /// Returns the group of every row; rows must be passed in order.
  mutating func numbers(of rows: PreparedSource.Rows, columns: [String]) throws -> [Int32] {
    var numbers: [Int32] = []
    numbers.reserveCapacity(rows.frame.rowCount)
    let keys = try RowKeys(columns: columns, of: rows.frame)
    keys.forEach { row, key in
      if keys.isIncomplete(row) {
        rowsWithoutGroup += 1
        numbers.append(newNumber())
      } else {
        numbers.append(
          keys.repeatsKey(row) ? numbers[row - 1] : number(of: key, source: rows.source))
      }
    }
    return numbers
  }

  private mutating func number(of key: UnsafeBufferPointer<UInt8>, source: Int) -> Int32 {
    let index = table.insert(key)
    if index == groups.count {
      groups.append(Group(number: newNumber(), source: Int32(source)))
    } else if groups[index].source >= 0, groups[index].source != source {
      groups[index].source = -1
      severalSourceCount += 1
    }
    return groups[index].number
  }

  private mutating func newNumber() -> Int32 {
    defer { nextNumber += 1 }
    return nextNumber
  }
}
