import TensorCore

/// Says for every row which split it belongs to.
struct SplitAssigner {
  private let schema: DatasetSchema
  private let rowCounts: [Int]

  /// Creates an assigner; `rowCounts` are those of the sources, needed by `last` rules only.
  init(schema: DatasetSchema, rowCounts: [Int]) {
    self.schema = schema
    self.rowCounts = rowCounts
  }

  /// Whether a schema has rules that need to know the number of rows.
  static func needsRowCounts(_ schema: DatasetSchema) -> Bool {
    [schema.split.test, schema.split.validation].contains { rule in
      if case .last = rule { return true }
      return false
    }
  }

  /// Returns the split of every row of a frame of a source.
  func splits(of frame: Frame, source: Int) throws -> [SplitName] {
    if let split = schema.sources[source].split, split != .train {
      return [SplitName](repeating: split, count: frame.rowCount)
    }
    let isTest = try matches(schema.split.test, .test, frame, source)
    let isValidation = try matches(schema.split.validation, .validation, frame, source)
    return zip(isTest, isValidation).map { $0 ? .test : $1 ? .validation : .train }
  }

  private func matches(
    _ rule: SplitSchema.Rule, _ split: SplitName, _ frame: Frame, _ source: Int
  ) throws -> [Bool] {
    switch rule {
    case .published: return [Bool](repeating: false, count: frame.rowCount)
    case .holds(let condition): return try condition.evaluate(on: frame)
    case .last(let share):
      let first = Int((Double(rowCounts[source]) * (1 - share)).rounded())
      return frame.indices.map { $0 >= first }
    case .hash(let columns, let share):
      let salt = stableHash(split.rawValue)
      var hashes = frame.indices.map { RowHash.hash(source: source, row: $0) }
      if !columns.isEmpty {
        let keys = try RowKeys(columns: columns, of: frame)
        keys.texts.forEach { row, key in hashes[row] = KeyTable.hash(key) }
      }
      return hashes.map { hash in
        Double(RandomStream.mix(hash &+ salt) >> 11) * 0x1p-53 < share
      }
    }
  }
}

/// A hash that names a row of the sources.
enum RowHash {
  static func hash(source: Int, row: Int) -> UInt64 {
    RandomStream.mix(UInt64(source) << 40 &+ UInt64(row))
  }
}

/// The cells of some columns of every row as one key.
struct RowKeys {
  /// The keys; the cells are parted by a byte that text does not have.
  let texts: TextColumn

  init(columns: [String], of frame: Frame) throws {
    let parts = try columns.map { try frame.texts($0) }
    guard parts.count > 1 else {
      texts = parts.first ?? TextColumn()
      return
    }
    var joined = TextColumn()
    var key: [UInt8] = []
    for row in 0..<frame.rowCount {
      key.removeAll(keepingCapacity: true)
      for (index, part) in parts.enumerated() {
        if index > 0 { key.append(0x1f) }
        part.withCell(row) { key.append(contentsOf: $0) }
      }
      joined.append(key)
    }
    texts = joined
  }
}
