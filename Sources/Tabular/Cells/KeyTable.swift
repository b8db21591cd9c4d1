import CText

/// Numbers byte strings in order of first occurrence.
///
/// This is an open-addressing hash table over a single arena of bytes: a key takes its length plus
/// about 24 bytes. The order never depends on hashes, so results are the same in every process.
package struct KeyTable {
  private var arena = TextColumn()
  private var hashes: [UInt64] = []
  private var slots: [Int32]

  /// Creates an empty table.
  package init() { slots = [Int32](repeating: -1, count: 16) }

  /// The number of keys.
  package var count: Int { arena.count }

  /// Returns the number of a key; nil if it is not in the table.
  package func find(_ key: UnsafeBufferPointer<UInt8>) -> Int? {
    let found = slots[slot(of: key, hash: Self.hash(key))]
    return found < 0 ? nil : Int(found)
  }

  /// Returns the number of a key, adding it if it is new.
  package mutating func insert(_ key: UnsafeBufferPointer<UInt8>) -> Int {
    insert(key, hash: Self.hash(key))
  }

  /// Returns the number of a key with the given hash, adding it if it is new.
  package mutating func insert(_ key: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Int {
    let place = slot(of: key, hash: hash)
    if slots[place] >= 0 { return Int(slots[place]) }
    let number = arena.count
    arena.append(key)
    hashes.append(hash)
    slots[place] = Int32(number)
    if number * 2 > slots.count { grow() }
    return number
  }

  /// Calls `body` with the bytes of a key.
  package func withKey<R>(_ number: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows
    -> R
  {
    try arena.withCell(number, body)
  }

  /// Returns a key as a string.
  package func string(_ number: Int) -> String { arena.string(number) }

  /// Returns the number of a key given as a string; nil if it is not in the table.
  package func find(_ key: String) -> Int? { Array(key.utf8).withUnsafeBufferPointer { find($0) } }

  private func slot(of key: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Int {
    slots.withUnsafeBufferPointer { slots in
      let mask = slots.count - 1
      var place = Int(truncatingIfNeeded: hash) & mask
      while slots[place] >= 0 {
        let number = Int(slots[place])
        if hashes[number] == hash, arena.isEqual(number, key) { break }
        place = (place + 1) & mask
      }
      return place
    }
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    let mask = slots.count - 1
    for (number, hash) in hashes.enumerated() {
      var place = Int(truncatingIfNeeded: hash) & mask
      while slots[place] >= 0 { place = (place + 1) & mask }
      slots[place] = Int32(number)
    }
  }

  /// Returns the hash of a key.
  package static func hash(_ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
    ck_key_hash(key.baseAddress, key.count)
  }
}

/// A column of texts as numbers in a table.
package struct KeyColumn {
  /// The number of each row's text.
  package let numbers: [Int32]

  /// The distinct texts.
  package let table: KeyTable

  package init(numbers: [Int32], table: KeyTable) {
    self.numbers = numbers
    self.table = table
  }

  /// Calls `body` with each row's bytes.
  package func forEach(_ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
    for (row, number) in numbers.enumerated() {
      try table.withKey(Int(number)) { try body(row, $0) }
    }
  }

  /// Returns only the rows at `positions`.
  package func selecting(_ positions: [Int]) -> KeyColumn {
    KeyColumn(numbers: positions.map { numbers[$0] }, table: table)
  }
}
