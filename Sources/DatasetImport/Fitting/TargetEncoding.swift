import Datasets
import Tabular
import TensorCore

/// The numerical features of target encoding, fitted to train rows.
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

  /// Ends counting.
  mutating func fit() throws {
    for index in counts.indices { try counts[index].finish() }
    moments = schema.features.map { feature in
      counts[number(of: feature)].moments(of: feature, task: task(of: feature))
    }
  }

  /// Returns the values of every feature for the rows of a split, standardized.
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

  /// Which of the counts a feature is computed from.
  private func number(of feature: TargetEncodingSchema.Feature) -> Int {
    counts.firstIndex { $0.keys == feature.keys } ?? 0
  }

  private func task(of feature: TargetEncodingSchema.Feature) -> Int? {
    tasks.firstIndex { $0.name == feature.task }
  }
}
