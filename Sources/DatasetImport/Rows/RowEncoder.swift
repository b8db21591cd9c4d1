import Datasets
import Ranking
import Tabular

/// Turns staged rows into rows of a cache.
struct RowEncoder {
  let features: FittedFeatures

  /// The column with the weights of rows, if there is one.
  var weight: String?

  /// Returns the block of rows of one split, without groups; safe to call concurrently.
  func block(of rows: PreparedSource.Rows, split: SplitName) throws -> RowBlock {
    let labels = try features.tasks.map { try $0.read(rows.frame) }
    let isEveryCellDefined = labels.allSatisfy { !$0.isDefined.contains(false) }
    let rowCount = rows.frame.rowCount
    return RowBlock(
      ids: try ids(of: rows.frame), bags: try bags(of: rows.frame),
      numericals: try numericals(of: rows, split: split), leaves: rows.leaves,
      labels: Self.rowMajor(labels.map(\.labels), rowCount: rowCount),
      mask: isEveryCellDefined
        ? nil : Self.rowMajor(labels.map { $0.isDefined.map { $0 ? 1 : 0 } }, rowCount: rowCount),
      weights: split == .train ? try weights(of: rows.frame) : nil)
  }

  /// The weights of train rows; nil where there are none.
  ///
  /// - Throws: ``Diagnostic`` with the line, where a weight is missing or not above 0.
  private func weights(of frame: StagedFrame) throws -> [Float]? {
    guard let weight else { return nil }
    return try frame.numbers(weight).values.enumerated().map { row, value in
      guard !value.isNaN else { throw frame.error(row, weight, "the weight is missing") }
      guard value > 0, Float(value) > 0, Float(value).isFinite else {
        throw frame.error(
          row, weight,
          "the weight is \(NumberText.format(value)), but must be above 0, from 1e-45 to 3.4e38")
      }
      return Float(value)
    }
  }

  private func ids(of frame: StagedFrame) throws -> [Int32] {
    let columns = try features.fields.map { try $0.ids(of: frame) }
    return Self.rowMajor(columns, rowCount: frame.rowCount)
  }

  private func bags(of frame: StagedFrame) throws -> [Batch.Bag] {
    try zip(features.bags, features.bagValues).map { vocabulary, values in
      var bag = Batch.Bag(offsets: [0], ids: [])
      for cell in try frame.keys(vocabulary.feature.column).numbers {
        for value in values.values(of: cell) { bag.ids.append(vocabulary.id(of: value)) }
        bag.offsets.append(Int32(bag.ids.count))
      }
      return bag
    }
  }

  private func numericals(of rows: PreparedSource.Rows, split: SplitName) throws -> [Float] {
    let encoded = try features.targetEncodedValues(rows, split: split)
    let width = features.numericals.count + encoded.count
    let unfitted = rows.frame.unfitted
    if let unfitted, unfitted.width == width { return unfitted.values }
    let count = rows.frame.rowCount * width
    return try [Float](unsafeUninitializedCapacity: count) { target, size in
      guard let base = target.baseAddress else { return }
      var unfittedColumn = 0
      for (column, scaling) in features.numericals.enumerated() {
        if let unfitted, scaling.feature.isPlain {
          for row in 0..<rows.frame.rowCount {
            base[row * width + column] = unfitted.values[row * unfitted.width + unfittedColumn]
          }
          unfittedColumn += 1
        } else {
          try scaling.scale(rows.frame, into: base + column, stride: width)
        }
      }
      for (column, values) in encoded.enumerated() {
        for (row, value) in values.enumerated() {
          base[row * width + features.numericals.count + column] = value
        }
      }
      size = count
    }
  }

  private static func rowMajor<Value: BitwiseCopyable>(_ columns: [[Value]], rowCount: Int)
    -> [Value]
  {
    let width = columns.count
    return [Value](unsafeUninitializedCapacity: rowCount * width) { target, size in
      for (column, values) in columns.enumerated() {
        for (row, value) in values.enumerated() { target[row * width + column] = value }
      }
      size = rowCount * width
    }
  }
}
