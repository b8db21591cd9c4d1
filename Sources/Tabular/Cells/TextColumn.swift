#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A column of texts, stored consecutively.
package struct TextColumn {
  private(set) var bytes: [UInt8] = []
  private(set) var ends: [Int] = []

  package init() {}

  /// The number of rows.
  var count: Int { ends.count }

  /// Adds a row.
  package mutating func append(_ cell: UnsafeBufferPointer<UInt8>) {
    bytes.append(contentsOf: cell)
    ends.append(bytes.count)
  }

  /// Adds a row.
  package mutating func append(_ cell: some Collection<UInt8>) {
    bytes.append(contentsOf: cell)
    ends.append(bytes.count)
  }

  /// Calls `body` with each row's bytes.
  package func forEach(_ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
    try bytes.withUnsafeBufferPointer { bytes in
      var start = 0
      for (row, end) in ends.enumerated() {
        try body(row, UnsafeBufferPointer(rebasing: bytes[start..<end]))
        start = end
      }
    }
  }

  /// Calls `body` with one row's bytes.
  package func withCell<R>(_ row: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows
    -> R
  {
    let range = (row == 0 ? 0 : ends[row - 1])..<ends[row]
    return try bytes.withUnsafeBufferPointer {
      try body(UnsafeBufferPointer(rebasing: $0[range]))
    }
  }

  /// Returns whether a row has these bytes.
  func isEqual(_ row: Int, _ cell: UnsafeBufferPointer<UInt8>) -> Bool {
    withCell(row) { own in
      guard own.count == cell.count else { return false }
      guard let a = own.baseAddress, let b = cell.baseAddress else { return true }
      return memcmp(a, b, own.count) == 0
    }
  }

  /// Returns the cells of the given rows; a row of -1 gives an empty cell.
  package func gathered(_ rows: [Int]) -> TextColumn {
    var result = TextColumn()
    result.ends.reserveCapacity(rows.count)
    var size = 0
    for row in rows {
      if row >= 0 { size += ends[row] - (row == 0 ? 0 : ends[row - 1]) }
      result.ends.append(size)
    }
    result.bytes = [UInt8](unsafeUninitializedCapacity: size) { target, count in
      bytes.withUnsafeBufferPointer { source in
        for row in rows where row >= 0 {
          for index in (row == 0 ? 0 : ends[row - 1])..<ends[row] {
            target[count] = source[index]
            count += 1
          }
        }
      }
    }
    return result
  }

  /// Returns one row as a string.
  package func string(_ row: Int) -> String {
    withCell(row) { String(decoding: $0, as: UTF8.self) }
  }
}
