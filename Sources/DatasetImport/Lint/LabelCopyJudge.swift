import Datasets
import Ranking
import TensorCore

/// Measures how well single features separate one label on a sample of rows.
struct LabelCopyJudge: Sendable {
  private let problem: Problem
  private let sample: RowBlock
  private let bound: Double

  /// By row of the sample, whether the label is 1.
  private let labels: [Bool]

  /// The rows that the task is defined on: all, those that rates are learned from, and those that the
  /// rates are judged on.
  private let rows: [Int]
  private let learned: [Int]
  private let judged: [Int]

  /// - Parameter bound: An AUC; features that are nearer to 1/2 need no exact figure.
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

  /// Returns the name and the AUC of every feature, nil where it is not defined or surely within the
  /// bound.
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

  /// Returns the smoothed positive rate of every id on the learned rows.
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

/// Ids numbered so that a table of their counts takes no more than a multiple of their number,
/// however large the vocabulary is said to be.
private struct DenseIDs {
  private let ids: [Int32]

  /// One more than the largest number.
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
  /// Returns the longest runs whose neighbors are all related.
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
