import Configuration
import Datasets
import Tabular
import TensorCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The target-encoded numerical features, fitted to train rows.
struct TargetEncoding {
  private let schema: TargetEncodingSchema
  private let tasks: [TaskSchema]
  private var counts: [KeyCounts] = []
  private(set) var moments: [Moments] = []

  init(_ schema: TargetEncodingSchema, tasks: [TaskSchema]) {
    self.schema = schema
    self.tasks = tasks
    for feature in schema.features where !counts.contains(where: { $0.keys == feature.keys }) {
      counts.append(
        KeyCounts(keys: feature.keys, taskCount: tasks.count, visibleFolds: schema.visibleFolds))
    }
  }

  /// Counts train rows with their labels, by task and row.
  mutating func count(_ rows: PreparedSource.Rows, labels: [[UInt8]], isDefined: [[Bool]]) throws {
    let orders =
      schema.visibleFolds == .past
      ? try foldColumn.map { try rows.frame.numbers($0) } : nil
    let folds = try folds(of: rows)
    let order = try (0..<rows.frame.rowCount).map { row -> Number in
      guard let column = foldColumn, let orders else { return .whole(0) }
      guard let order = orders[row] else {
        throw rows.frame.error(row, column, "the fold is missing")
      }
      guard order.isExact else {
        throw rows.frame.error(row, column, "\(order.text) \(Number.inexact)")
      }
      return order
    }
    for index in counts.indices {
      try RowKeys(columns: counts[index].keys, of: rows.frame).forEach { row, key in
        counts[index].count(
          key, fold: folds[row], order: order[row], labels: labels.map { $0[row] },
          isDefined: isDefined.map { $0[row] })
      }
    }
  }

  /// Completes the counts.
  mutating func fit() throws {
    for index in counts.indices { try counts[index].finish() }
    moments = schema.features.map { feature in
      counts[number(of: feature)].moments(of: feature, task: task(of: feature))
    }
  }

  /// Returns the standardized values of every feature for the rows of a split.
  func values(of rows: PreparedSource.Rows, split: SplitName) throws -> [[Float]] {
    let folds = split == .train ? try folds(of: rows) : nil
    let keys = try counts.map { try RowKeys(columns: $0.keys, of: rows.frame) }
    return schema.features.enumerated().map { index, feature in
      let number = number(of: feature)
      let counts = counts[number]
      let task = task(of: feature)
      let standardized = moments[index].standardization
      var values = [Float](repeating: 0, count: rows.frame.rowCount)
      keys[number].forEach { row, key in
        let value = counts.value(of: feature, task: task, key: key, fold: folds?[row])
        values[row] = standardized(value)
      }
      return values
    }
  }

  private var foldColumn: String? {
    if case .column(let column) = schema.folds { return column }
    return nil
  }

  private func folds(of rows: PreparedSource.Rows) throws -> [Int] {
    switch schema.folds {
    case .count(let count):
      return rows.frame.indices.map { row in
        Int(RowHash.hash(source: rows.source, row: row) % UInt64(count))
      }
    case .column(let column):
      return try rows.frame.keys(column).numbers.map { Int($0) }
    }
  }

  /// Returns the index of the counts that a feature is computed from.
  private func number(of feature: TargetEncodingSchema.Feature) -> Int {
    counts.firstIndex { $0.keys == feature.keys } ?? 0
  }

  private func task(of feature: TargetEncodingSchema.Feature) -> Int? {
    tasks.firstIndex { $0.name == feature.task }
  }
}

/// Counts of train rows and labels, per key and fold.
struct KeyCounts {
  let keys: [String]
  private let visibleFolds: TargetEncodingSchema.VisibleFolds
  private let empty: Tally
  private var table = KeyTable()
  private var totals: [Tally] = []
  private var cells: [Cell] = []
  private var cellNumbers: [UInt64: Int] = [:]
  private var overall: Tally
  private var folds: [Fold] = []

  /// The counts of train rows of a key and fold: those it contains, and those visible to it.
  private struct Cell {
    let key: Int
    let fold: Int
    var own: Tally
    var visible: Tally
  }

  /// The counts of train rows of a fold: those it contains, and those visible to it.
  private struct Fold {
    var order: Number
    var own: Tally
    var visible: Tally
    var visibleFoldCount = 0
  }

  init(keys: [String], taskCount: Int, visibleFolds: TargetEncodingSchema.VisibleFolds) {
    self.keys = keys
    self.visibleFolds = visibleFolds
    empty = Tally(taskCount: taskCount)
    overall = empty
  }

  /// Counts one train row of a fold, numbered from 0; `order` determines which folds are earlier.
  mutating func count(
    _ key: UnsafeBufferPointer<UInt8>, fold: Int, order: Number, labels: [UInt8],
    isDefined: [Bool]
  ) {
    let number = table.insert(key)
    if number == totals.count { totals.append(empty) }
    while folds.count <= fold {
      folds.append(Fold(order: order, own: empty, visible: empty))
    }
    folds[fold].order = order
    let code = Self.code(key: number, fold: fold)
    let cell = cellNumbers[code] ?? cells.count
    if cell == cells.count {
      cellNumbers[code] = cell
      cells.append(Cell(key: number, fold: fold, own: empty, visible: empty))
    }
    totals[number].add(labels: labels, isDefined: isDefined)
    cells[cell].own.add(labels: labels, isDefined: isDefined)
    folds[fold].own.add(labels: labels, isDefined: isDefined)
    overall.add(labels: labels, isDefined: isDefined)
  }

  /// Completes the counts and determines the rows visible to every train row.
  ///
  /// - Throws: ``Diagnostic`` if the train rows have fewer than two folds.
  mutating func finish() throws {
    let used = folds.indices.filter { folds[$0].own.rows > 0 }
    guard used.count > 1 else {
      throw Diagnostic("statistics need two or more folds in the train split, found \(used.count)")
    }
    switch visibleFolds {
    case .others:
      for fold in used {
        folds[fold].visible = overall.subtracting(folds[fold].own)
        folds[fold].visibleFoldCount = used.count - 1
      }
      for cell in cells.indices {
        cells[cell].visible = totals[cells[cell].key].subtracting(cells[cell].own)
      }
    case .past:
      var seen = empty
      let inOrder = used.sorted { folds[$0].order < folds[$1].order }
      for (rank, fold) in inOrder.enumerated() {
        folds[fold].visible = seen
        folds[fold].visibleFoldCount = rank
        seen = seen.adding(folds[fold].own)
      }
      var seenOfKey = totals.map { _ in empty }
      let cellsInOrder = cells.indices.sorted {
        (folds[cells[$0].fold].order, $0) < (folds[cells[$1].fold].order, $1)
      }
      for cell in cellsInOrder {
        cells[cell].visible = seenOfKey[cells[cell].key]
        seenOfKey[cells[cell].key] = seenOfKey[cells[cell].key].adding(cells[cell].own)
      }
    }
  }

  /// Returns the feature's value for a row, before standardization; NaN if the row sees no rows.
  ///
  /// - Parameters:
  ///   - task: The task of a rate; nil for a count.
  ///   - fold: The fold of a train row; nil for a row of another split.
  func value(
    of feature: TargetEncodingSchema.Feature, task: Int?, key: UnsafeBufferPointer<UInt8>,
    fold: Int?
  ) -> Double {
    let number = table.find(key)
    guard let fold else {
      return value(
        of: feature, task: task, tally: number.map { totals[$0] } ?? empty, all: overall,
        scale: 1)
    }
    let cell = number.flatMap { cellNumbers[Self.code(key: $0, fold: fold)] }
    return value(of: feature, task: task, tally: cell.map { cells[$0].visible } ?? empty, fold)
  }

  /// Returns the moments of a feature over the train rows.
  func moments(of feature: TargetEncodingSchema.Feature, task: Int?) -> Moments {
    var moments = Moments()
    for cell in cells {
      let value = value(of: feature, task: task, tally: cell.visible, cell.fold)
      if !value.isNaN { moments.add(value, weight: Double(cell.own.rows)) }
    }
    return moments
  }

  private func value(
    of feature: TargetEncodingSchema.Feature, task: Int?, tally: Tally, _ fold: Int
  ) -> Double {
    let visible = folds[fold].visibleFoldCount
    guard visible > 0 else { return .nan }
    let foldCount = folds.count { $0.own.rows > 0 }
    return value(
      of: feature, task: task, tally: tally, all: folds[fold].visible,
      scale: Double(foldCount) / Double(visible))
  }

  private func value(
    of feature: TargetEncodingSchema.Feature, task: Int?, tally: Tally, all: Tally, scale: Double
  ) -> Double {
    guard let task else { return log1p(Double(tally.rows) * scale) }
    let prior = all.rate(task: task)
    let rate =
      (Double(tally.positive[task]) + feature.smoothing * prior)
      / (Double(tally.defined[task]) + feature.smoothing)
    return log(rate / (1 - rate)) - log(prior / (1 - prior))
  }

  private static func code(key: Int, fold: Int) -> UInt64 { UInt64(key) << 32 | UInt64(fold) }
}

/// The number of rows, and by task the numbers of defined and positive labels.
private struct Tally {
  var rows = 0
  var defined: [Int32]
  var positive: [Int32]

  init(taskCount: Int) {
    defined = [Int32](repeating: 0, count: taskCount)
    positive = defined
  }

  mutating func add(labels: [UInt8], isDefined: [Bool]) {
    rows += 1
    for task in labels.indices where isDefined[task] {
      defined[task] += 1
      positive[task] += Int32(labels[task])
    }
  }

  func adding(_ other: Tally) -> Tally { combined(with: other, sign: 1) }

  func subtracting(_ other: Tally) -> Tally { combined(with: other, sign: -1) }

  private func combined(with other: Tally, sign: Int) -> Tally {
    var result = self
    result.rows += sign * other.rows
    for task in defined.indices {
      result.defined[task] += Int32(sign) * other.defined[task]
      result.positive[task] += Int32(sign) * other.positive[task]
    }
    return result
  }

  /// The share of positive labels, kept away from 0 and 1.
  func rate(task: Int) -> Double {
    let share = defined[task] > 0 ? Double(positive[task]) / Double(defined[task]) : 0.5
    return min(max(share, 1e-6), 1 - 1e-6)
  }
}
