import Ranking

/// Turns rows of text into rows of a cache.
struct RowEncoder {
  private var features: FittedFeatures
  private let groupColumns: [String]
  private var groups: [SplitName: GroupNumbers] = [:]

  init(features: FittedFeatures, groupColumns: [String]) {
    self.features = features
    self.groupColumns = groupColumns
  }

  /// The groups of a split that stand in more than one source.
  func groupsInSeveralSources(of split: SplitName) -> Int {
    groups[split]?.severalSourceCount ?? 0
  }

  /// Returns the block of rows that are all of one split.
  mutating func block(of rows: PreparedSource.Rows, split: SplitName) throws -> RowBlock {
    let frame = rows.frame
    let count = frame.rowCount
    let fieldIDs = try features.fields.map { vocabulary in
      var ids: [Int32] = []
      ids.reserveCapacity(count)
      try frame.texts(vocabulary.feature.column).forEach { _, cell in
        ids.append(vocabulary.id(of: cell))
      }
      return ids
    }
    let bags = try features.bags.map { vocabulary in
      var bag = Batch.Bag(offsets: [0], ids: [])
      try frame.texts(vocabulary.feature.column).forEach { _, cell in
        vocabulary.feature.forEachValue(in: cell) { bag.ids.append(vocabulary.id(of: $0)) }
        bag.offsets.append(Int32(bag.ids.count))
      }
      return bag
    }
    let numericals =
      try features.numericals.map { scaling in
        try scaling.values(of: frame).map { scaling.scaled($0) }
      } + features.statisticValues(rows, split: split)
    let labels = try features.tasks.map { try $0.read(frame) }
    let isEveryCellDefined = labels.allSatisfy { !$0.isDefined.contains(false) }
    return RowBlock(
      ids: Self.rowMajor(fieldIDs, rowCount: count), bags: bags,
      numericals: Self.rowMajor(numericals, rowCount: count), leaves: rows.leaves,
      labels: Self.rowMajor(labels.map(\.labels), rowCount: count),
      mask: isEveryCellDefined
        ? nil : Self.rowMajor(labels.map { $0.isDefined.map { $0 ? 1 : 0 } }, rowCount: count),
      groups: groupColumns.isEmpty ? nil : try groupNumbers(of: rows, split: split))
  }

  private mutating func groupNumbers(of rows: PreparedSource.Rows, split: SplitName) throws
    -> [Int32]
  {
    var numbers: [Int32] = []
    try RowKeys(columns: groupColumns, of: rows.frame).texts.forEach { _, key in
      numbers.append(groups[split, default: GroupNumbers()].number(of: key, source: rows.source))
    }
    return numbers
  }

  private static func rowMajor<Value>(_ columns: [[Value]], rowCount: Int) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(rowCount * columns.count)
    for row in 0..<rowCount {
      for column in columns { values.append(column[row]) }
    }
    return values
  }
}

/// Numbers the groups of a split, and watches for groups that several sources share.
private struct GroupNumbers {
  private var table = KeyTable()
  private var sources: [Int32] = []
  private(set) var severalSourceCount = 0

  mutating func number(of key: UnsafeBufferPointer<UInt8>, source: Int) -> Int32 {
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
