import Datasets
import Ranking
import TensorCore

/// Measures how well individual features separate one label on a sample of rows.
struct LabelCopyJudge: Sendable {
  private let problem: Problem
  private let sample: RowBlock
  private let bound: Double

  /// By row of the sample, whether the label is 1.
  private let labels: [Bool]

  /// The rows on which the task is defined: all of them, those used to learn rates, and those used
  /// to evaluate the rates.
  private let rows: [Int]
  private let learned: [Int]
  private let judged: [Int]

  /// - Parameter bound: An AUC; features closer to 1/2 need no exact value.
  init(_ sample: EvenSample, _ problem: Problem, task: Int, bound: Double) {
    self.problem = problem
    self.sample = sample.rows
    self.bound = bound
    let taskCount = problem.tasks.count
    labels = sample.rows.leaves.indices.map { sample.rows.labels[$0 * taskCount + task] == 1 }
    rows = sample.rows.leaves.indices.filter { sample.mask[$0 * taskCount + task] == 1 }
    learned = rows.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    judged = rows.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element)
  }

  /// Returns the name and the AUC of every feature; the AUC is nil if it is undefined or certainly
  /// within the bound.
  func aucs() -> [(String, Double?)] {
    let fields = problem.fields.count
    let bags = problem.bags.count
    let names = (problem.fields + problem.bags).map(\.name) + problem.numericals
    let suspects = NumericalSuspects(
      sample.numericals, width: problem.numericals.count, rows: rows, labels: labels, bound: bound)
    let aucs = [Double?](unsafeUninitializedCapacity: names.count) { aucs, count in
      aucs.initialize(repeating: nil)
      let target = UnsafeMutableBufferPointer(rebasing: aucs[0..<names.count])
      parallelFor(names.count, blockSize: 1) { block in
        for feature in block {
          target[feature] =
            feature < fields
            ? fieldAUC(feature, fields, problem.fields[feature].vocabularySize)
            : feature < fields + bags
              ? bagAUC(sample.bags[feature - fields], problem.bags[feature - fields].vocabularySize)
              : suspects.contains(feature - fields - bags)
                ? numericalAUC(feature - fields - bags) : nil
        }
      }
      count = names.count
    }
    return Array(zip(names, aucs))
  }

  private func numericalAUC(_ column: Int) -> Double? {
    let width = problem.numericals.count
    return pairwiseAUC(
      scores: rows.map { sample.numericals[$0 * width + column] }, labels: rows.map { labels[$0] })
  }

  private func fieldAUC(_ field: Int, _ fieldCount: Int, _ vocabularySize: Int) -> Double? {
    let ids = DenseIDs(
      sample.leaves.indices.map { sample.ids[$0 * fieldCount + field] }, below: vocabularySize)
    let rates = rates(ids.count) { CollectionOfOne(ids[$0]) }
    var negatives = [Int](repeating: 0, count: ids.count)
    var positives = negatives
    for row in judged {
      if labels[row] { positives[ids[row]] += 1 } else { negatives[ids[row]] += 1 }
    }
    let judgedIDs = rates.indices.filter { positives[$0] + negatives[$0] > 0 }
      .sorted { rates[$0] < rates[$1] }
    var auc = PairwiseAUC()
    for equal in judgedIDs.chunks(where: { rates[$0] == rates[$1] }) {
      auc.add(
        positives: equal.reduce(0) { $0 + positives[$1] },
        negatives: equal.reduce(0) { $0 + negatives[$1] })
    }
    return auc.value
  }

  private func bagAUC(_ bag: Batch.Bag, _ vocabularySize: Int) -> Double? {
    let ids = DenseIDs(bag.ids, below: vocabularySize)
    func positions(_ row: Int) -> Range<Int> {
      Int(bag.offsets[row])..<Int(bag.offsets[row + 1])
    }
    let rates = rates(ids.count) { positions($0).lazy.map { ids[$0] } }
    let scores = judged.map { row in
      let positions = positions(row)
      return positions.isEmpty
        ? 0.5 : positions.reduce(0) { $0 + rates[ids[$1]] } / Double(positions.count)
    }
    return pairwiseAUC(scores: scores, positiveWeights: judged.map { labels[$0] ? 1 : 0 })
  }

  /// Returns the smoothed positive rate of every id on the rows used to learn rates.
  private func rates<IDs: Sequence<Int>>(_ count: Int, _ ids: (Int) -> IDs) -> [Double] {
    var positives = [Double](repeating: 0, count: count)
    var totals = positives
    for row in learned {
      for id in ids(row) {
        totals[id] += 1
        positives[id] += labels[row] ? 1 : 0
      }
    }
    return zip(positives, totals).map { ($0 + 0.5) / ($1 + 1) }
  }
}

/// Ids renumbered so that the size of a table of their counts is at most a multiple of the number
/// of ids, however large the declared vocabulary.
private struct DenseIDs {
  private let ids: [Int32]

  /// The largest number plus one.
  let count: Int

  /// - Precondition: every id is in `0..<vocabularySize`.
  init(_ ids: [Int32], below vocabularySize: Int) {
    guard vocabularySize > 16 * max(1, ids.count) else {
      self.ids = ids
      count = vocabularySize
      return
    }
    var numbers: [Int32: Int32] = [:]
    self.ids = ids.map { id in
      if let number = numbers[id] { return number }
      let number = Int32(numbers.count)
      numbers[id] = number
      return number
    }
    count = numbers.count
  }

  subscript(position: Int) -> Int { Int(ids[position]) }
}

extension Array {
  /// Returns the longest runs in which all neighbors are related.
  fileprivate func chunks(where areRelated: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
    var chunks: [ArraySlice<Element>] = []
    var start = 0
    for end in 1..<Swift.max(1, count) where !areRelated(self[end - 1], self[end]) {
      chunks.append(self[start..<end])
      start = end
    }
    return isEmpty ? [] : chunks + [self[start...]]
  }
}

/// The numerical features that may separate a label almost perfectly: those for which the AUC of
/// the feature or its negation may reach a bound.
///
/// Let m be any number, p the share of positive rows at or below it and q the share of negative
/// rows above it. All the former lie below all the latter, so AUC ≤ 1 - p q. The same holds with
/// the sides exchanged. With m the median of some positive rows, almost every feature is ruled out
/// in one pass.
struct NumericalSuspects {
  private var isSuspect: [Bool]

  /// - Parameters:
  ///   - numericals: The features of all rows, `[rows, width]`.
  ///   - rows: The rows to examine.
  ///   - labels: The label of each row.
  init(_ numericals: [Float], width: Int, rows: [Int], labels: [Bool], bound: Double) {
    isSuspect = [Bool](repeating: true, count: width)
    let positives = rows.filter { labels[$0] }
    let negativeCount = rows.count - positives.count
    guard width > 0, !positives.isEmpty, negativeCount > 0 else { return }
    let medians = (0..<width).map { column in
      let some = positives.prefix(501).map { numericals[$0 * width + column] }.sorted()
      return some[some.count / 2]
    }
    var positiveSides = Sides(width: width)
    var negativeSides = Sides(width: width)
    numericals.withUnsafeBufferPointer { numericals in
      guard let base = numericals.baseAddress else { return }
      for row in rows {
        if labels[row] {
          positiveSides.add(base + row * width, medians)
        } else {
          negativeSides.add(base + row * width, medians)
        }
      }
    }
    let needed = (1 - bound) * Double(positives.count) * Double(negativeCount)
    for column in 0..<width {
      let (notAbove, above) = (
        positives.count - Int(positiveSides.above[column]), Int(negativeSides.above[column])
      )
      let (notBelow, below) = (
        positives.count - Int(positiveSides.below[column]), Int(negativeSides.below[column])
      )
      isSuspect[column] = Double(notAbove * above) <= needed || Double(notBelow * below) <= needed
    }
  }

  /// Returns whether a feature may reach the bound.
  func contains(_ column: Int) -> Bool { isSuspect[column] }
}

/// By column, the numbers of values on either side of a number.
private struct Sides {
  var above: [Int32]
  var below: [Int32]

  init(width: Int) {
    above = [Int32](repeating: 0, count: width)
    below = above
  }

  mutating func add(_ values: UnsafePointer<Float>, _ bounds: [Float]) {
    above.withUnsafeMutableBufferPointer { above in
      below.withUnsafeMutableBufferPointer { below in
        bounds.withUnsafeBufferPointer { bounds in
          for column in bounds.indices {
            above[column] &+= values[column] > bounds[column] ? 1 : 0
            below[column] &+= values[column] < bounds[column] ? 1 : 0
          }
        }
      }
    }
  }
}

/// An evenly spaced sample of a stream of rows: row `⌊i · n / m⌋` of n for every i below m.
struct EvenSample {
  /// The maximum number of rows in a sample.
  static let limit = 100_000

  /// The rows of the sample so far, with bag offsets as in a single block.
  private(set) var rows: RowBlock

  /// The labels' mask, as ``RowBlock/mask``.
  private(set) var mask: [UInt8] = []

  private let problem: Problem
  private let rowCount: Int
  private let size: Int
  private var passedCount = 0

  /// Creates a sample of `rowCount` rows.
  init(_ problem: Problem, of rowCount: Int) {
    self.problem = problem
    self.rowCount = rowCount
    size = min(rowCount, Self.limit)
    rows = RowBlock(
      ids: [], bags: problem.bags.map { _ in Batch.Bag(offsets: [0], ids: []) }, numericals: [],
      leaves: [], labels: [])
  }

  /// Adds those of the next rows that belong to the sample.
  mutating func add(_ block: RowBlock) {
    let (fields, numericals) = (problem.fields.count, problem.numericals.count)
    let tasks = problem.tasks.count
    while rows.rowCount < size {
      let row = rows.rowCount * rowCount / size - passedCount
      guard row < block.rowCount else { break }
      rows.ids += block.ids[row * fields..<(row + 1) * fields]
      rows.numericals += block.numericals[row * numericals..<(row + 1) * numericals]
      rows.labels += block.labels[row * tasks..<(row + 1) * tasks]
      if let cells = block.mask {
        mask += cells[row * tasks..<(row + 1) * tasks]
      } else {
        mask += repeatElement(1, count: tasks)
      }
      for (index, bag) in block.bags.enumerated() {
        rows.bags[index].ids += bag.ids[Int(bag.offsets[row])..<Int(bag.offsets[row + 1])]
        rows.bags[index].offsets.append(Int32(rows.bags[index].ids.count))
      }
      rows.leaves.append(block.leaves[row])
    }
    passedCount += block.rowCount
  }
}
