import Configuration
import Datasets
import Ranking
import Tabular

/// Converts staged rows into rows of a cache.
struct RowEncoder {
  let features: FittedFeatures

  /// The column with the row weights, if there is one.
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

  /// Returns the weights of train rows; nil if there are none.
  ///
  /// - Throws: ``Diagnostic`` with the line, if a weight is missing or not positive.
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

/// Reads the labels of one task.
struct LabelReader {
  let task: TaskSchema

  /// Returns the labels of a frame's rows, and where the task is defined; an undefined label is 0.
  ///
  /// - Throws: ``Diagnostic`` with the line, if a label is missing or neither 0 nor 1.
  func read(_ frame: StagedFrame) throws -> (labels: [UInt8], isDefined: [Bool]) {
    let isDefined =
      try task.definedWhere?.evaluate(on: frame)
      ?? [Bool](repeating: true, count: frame.rowCount)
    let numbers: NumberColumn
    do {
      numbers = try frame.numbers(task.label)
    } catch {
      try refuseTexts(frame, isDefined)
      throw error
    }
    var labels = [UInt8](repeating: 0, count: frame.rowCount)
    for (row, number) in numbers.values.enumerated() where isDefined[row] {
      guard number == 0 || number == 1 else {
        let found = number.isNaN ? "missing" : numbers[row]?.text ?? ""
        throw frame.error(
          row, task.label, "the label of task '\(task.name)' is \(found), but must be 0 or 1")
      }
      labels[row] = UInt8(number)
    }
    return (labels, isDefined)
  }

  /// Throws an error for the first label that is text, with advice on converting it to a number.
  private func refuseTexts(_ frame: StagedFrame, _ isDefined: [Bool]) throws {
    try frame.forEachCell(of: task.label) { row, cell in
      guard isDefined[row], !cell.isEmpty, NumberText.parse(cell) == nil else { return }
      let text = excerpt(cell)
      let opposites = ["no": "yes", "false": "true", "n": "y", "f": "t", "negative": "positive"]
      let positive = opposites[text.lowercased()].map { opposite in
        text == text.uppercased()
          ? opposite.uppercased()
          : text.first?.isUppercase ?? false
            ? opposite.prefix(1).uppercased() + opposite.dropFirst() : opposite
      }
      throw frame.error(
        row, task.label,
        "the label of task '\(task.name)' is '\(text)', but must be 0 or 1; derive one, such as "
          + "{name: is_\(task.name), is: {column: \(task.label), equals: '\(positive ?? text)'}}")
    }
  }
}
