import Datasets
import Ranking

/// The lowest and highest value of every feature in every leaf scenario.
struct ValueRanges {
  /// The names of the features: fields, multi-valued fields, numericals.
  let names: [String]

  private let fieldCount: Int
  private let bagCount: Int
  private let numericalCount: Int

  /// By leaf, then by feature of one kind; low is above high if there is no value.
  private var lowIDs: [Int32]
  private var highIDs: [Int32]
  private var lowNumbers: [Float]
  private var highNumbers: [Float]

  init(_ problem: Problem) {
    names = problem.fields.map(\.name) + problem.bags.map(\.name) + problem.numericals
    (fieldCount, bagCount) = (problem.fields.count, problem.bags.count)
    numericalCount = problem.numericals.count
    let leafCount = problem.scenarios.leafCount
    lowIDs = [Int32](repeating: .max, count: leafCount * (fieldCount + bagCount))
    highIDs = [Int32](repeating: .min, count: lowIDs.count)
    lowNumbers = [Float](repeating: .infinity, count: leafCount * numericalCount)
    highNumbers = [Float](repeating: -.infinity, count: lowNumbers.count)
  }

  /// Adds rows; an empty cell of a multi-valued field counts as -1.
  mutating func add(_ block: RowBlock) {
    let width = fieldCount + bagCount
    for (row, leaf) in block.leaves.enumerated() {
      for field in 0..<fieldCount {
        widen(Int(leaf) * width + field, block.ids[row * fieldCount + field])
      }
      for (index, bag) in block.bags.enumerated() {
        let ids = bag.ids[Int(bag.offsets[row])..<Int(bag.offsets[row + 1])]
        let cell = Int(leaf) * width + fieldCount + index
        if ids.isEmpty { widen(cell, -1) }
        for id in ids { widen(cell, id) }
      }
    }
    let count = numericalCount
    lowNumbers.withUnsafeMutableBufferPointer { low in
      highNumbers.withUnsafeMutableBufferPointer { high in
        block.numericals.withUnsafeBufferPointer { values in
          guard var values = values.baseAddress, let lows = low.baseAddress,
            let highs = high.baseAddress
          else { return }
          for leaf in block.leaves {
            let (low, high) = (lows + Int(leaf) * count, highs + Int(leaf) * count)
            for column in 0..<count {
              low[column] = values[column] < low[column] ? values[column] : low[column]
              high[column] = values[column] > high[column] ? values[column] : high[column]
            }
            values += count
          }
        }
      }
    }
  }

  /// Adds the ranges of other rows.
  mutating func merge(_ other: ValueRanges) {
    for cell in lowIDs.indices {
      lowIDs[cell] = min(lowIDs[cell], other.lowIDs[cell])
      highIDs[cell] = max(highIDs[cell], other.highIDs[cell])
    }
    for cell in lowNumbers.indices {
      lowNumbers[cell] = min(lowNumbers[cell], other.lowNumbers[cell])
      highNumbers[cell] = max(highNumbers[cell], other.highNumbers[cell])
    }
  }

  /// Returns the range of a feature in a leaf; nil if there is no value.
  func range(feature: Int, leaf: Int) -> ClosedRange<Double>? {
    let idCount = fieldCount + bagCount
    guard feature >= idCount else {
      let cell = leaf * idCount + feature
      return lowIDs[cell] > highIDs[cell] ? nil : Double(lowIDs[cell])...Double(highIDs[cell])
    }
    let cell = leaf * numericalCount + feature - idCount
    guard lowNumbers[cell] <= highNumbers[cell] else { return nil }
    return Double(lowNumbers[cell])...Double(highNumbers[cell])
  }

  /// Returns the largest magnitude of a numerical feature over all leaves; 0 if there is no value.
  func largestMagnitude(ofNumerical index: Int) -> Float {
    stride(from: index, to: lowNumbers.count, by: max(1, numericalCount)).reduce(0) {
      lowNumbers[$1] <= highNumbers[$1]
        ? max($0, lowNumbers[$1].magnitude, highNumbers[$1].magnitude) : $0
    }
  }

  private mutating func widen(_ cell: Int, _ id: Int32) {
    lowIDs[cell] = min(lowIDs[cell], id)
    highIDs[cell] = max(highIDs[cell], id)
  }
}
