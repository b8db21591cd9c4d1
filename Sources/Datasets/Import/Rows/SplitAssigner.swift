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
        hashes = frame.indices.indices.map { row in RowHash.hash(keys.text(row)) }
      }
      return hashes.map { hash in
        Double(RandomStream.mix(hash &+ salt) >> 11) * 0x1p-53 < share
      }
    }
  }
}

/// Hashes that never change, since splits and folds follow from them.
enum RowHash {
  /// Returns the hash of a row's place in the sources.
  static func hash(source: Int, row: Int) -> UInt64 {
    RandomStream.mix(UInt64(source) << 40 &+ UInt64(row))
  }

  /// Returns the hash of a text: FNV-1a with a final mix, so that the low bits depend on all bytes.
  static func hash(_ text: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return RandomStream.mix(hash)
  }
}
