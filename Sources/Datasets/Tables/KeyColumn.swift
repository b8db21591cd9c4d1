/// A column of texts as numbers of a table.
struct KeyColumn {
  /// The number of each row's text.
  var numbers: [Int32]

  /// The different texts.
  let table: KeyTable

  /// Calls `body` with each row's bytes.
  func forEach(_ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
    for (row, number) in numbers.enumerated() {
      try table.withKey(Int(number)) { try body(row, $0) }
    }
  }

  /// The column as texts of its own.
  var texts: TextColumn {
    var texts = TextColumn()
    forEach { _, cell in texts.append(cell) }
    return texts
  }
}
