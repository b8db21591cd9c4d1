import Ranking
import TensorCore

extension DatasetLint {
  private static let sampleSize = 100_000
  private static let suspiciousAUC = 0.995

  /// Finds features that tell a label almost perfectly, on an even sample of the train rows.
  ///
  /// A numerical feature is judged by its AUC. A categorical one is judged by the AUC, on every
  /// second row, of the rates that its values have on the other rows; a multi-valued one by the
  /// mean rate of its values.
  func labelCopies() throws -> [LintFinding] {
    let rows = dataset.training.rows
    let count = min(rows.rowCount, Self.sampleSize)
    let sample = (0..<count).map { Int32($0 * rows.rowCount / count) }
    let batch = try rows.batch(rows: sample)
    return problem.tasks.enumerated().flatMap { task, described -> [LintFinding] in
      let mask = batch.mask.values(column: task)
      let labels = batch.labels.values(column: task).map { $0 == 1 }
      let judge = LabelCopyJudge(
        batch: batch.batch, labels: labels, rows: sample.indices.filter { mask[$0] == 1 })
      return judge.aucs(problem).compactMap { name, auc in
        auc.flatMap { copyFinding(name, described.name, max($0, 1 - $0)) }
      }
    }
  }

  private func copyFinding(_ feature: String, _ task: String, _ auc: Double) -> LintFinding? {
    guard auc >= Self.suspiciousAUC else { return nil }
    return LintFinding(
      .labelCopy, .problem, feature: feature, task: task, value: auc,
      "feature '\(feature)' alone tells the label of task '\(task)' with AUC "
        + "\((auc * 10_000).rounded() / 10_000): it may be a copy of it, or follow from it")
  }
}

/// Judges how well single features tell one label.
private struct LabelCopyJudge: Sendable {
  private let batch: Batch
  private let labels: [Bool]
  private let rows: [Int]

  /// Rows that rates are learned from, and those that they are judged on.
  private let learned: [Int]
  private let judged: [Int]

  init(batch: Batch, labels: [Bool], rows: [Int]) {
    self.batch = batch
    self.labels = labels
    self.rows = rows
    learned = rows.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    judged = rows.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element)
  }

  /// Returns the name and the AUC of every feature, nil where it is not defined.
  func aucs(_ problem: Problem) -> [(String, Double?)] {
    let fields = problem.fields.count
    let bags = problem.bags.count
    let names = (problem.fields + problem.bags).map(\.name) + problem.numericals
    let aucs = [Double?](unsafeUninitializedCapacity: names.count) { aucs, count in
      aucs.initialize(repeating: nil)
      let target = UnsafeMutableBufferPointer(rebasing: aucs[0..<names.count])
      parallelFor(names.count, blockSize: 1) { block in
        for feature in block {
          target[feature] =
            feature < fields
            ? fieldAUC(feature, fields, problem.fields[feature].vocabularySize)
            : feature < fields + bags
              ? bagAUC(batch.bags[feature - fields], problem.bags[feature - fields].vocabularySize)
              : numericalAUC(feature - fields - bags)
        }
      }
      count = names.count
    }
    return Array(zip(names, aucs))
  }

  private func numericalAUC(_ column: Int) -> Double? {
    let values = batch.numericals.values(column: column)
    return LabelAUC.of(rows.map { values[$0] }, labels: rows.map { labels[$0] })
  }

  private func fieldAUC(_ field: Int, _ fieldCount: Int, _ vocabularySize: Int) -> Double? {
    let rates = rates(vocabularySize) { CollectionOfOne(batch.ids[$0 * fieldCount + field]) }
    var negatives = [Double](repeating: 0, count: vocabularySize)
    var positives = negatives
    for row in judged {
      let id = Int(batch.ids[row * fieldCount + field])
      if labels[row] { positives[id] += 1 } else { negatives[id] += 1 }
    }
    let ids = rates.indices.filter { positives[$0] + negatives[$0] > 0 }
      .sorted { rates[$0] < rates[$1] }
    var auc = LabelAUC()
    for equal in ids.chunks(where: { rates[$0] == rates[$1] }) {
      auc.add(
        positives: equal.reduce(0) { $0 + positives[$1] },
        negatives: equal.reduce(0) { $0 + negatives[$1] })
    }
    return auc.value
  }

  private func bagAUC(_ bag: Batch.Bag, _ vocabularySize: Int) -> Double? {
    func ids(_ row: Int) -> ArraySlice<Int32> {
      bag.ids[Int(bag.offsets[row])..<Int(bag.offsets[row + 1])]
    }
    let rates = rates(vocabularySize, ids)
    let scores = judged.map { row in
      let ids = ids(row)
      return ids.isEmpty ? 0.5 : ids.reduce(0) { $0 + rates[Int($1)] } / Double(ids.count)
    }
    return pairwiseAUC(scores: scores, positiveWeights: judged.map { labels[$0] ? 1 : 0 })
  }

  /// Returns the smoothed positive rate of every id on the learned rows.
  private func rates<IDs: Collection<Int32>>(_ size: Int, _ ids: (Int) -> IDs) -> [Double] {
    var positives = [Double](repeating: 0, count: size)
    var totals = positives
    for row in learned {
      for id in ids(row) {
        totals[Int(id)] += 1
        positives[Int(id)] += labels[row] ? 1 : 0
      }
    }
    return zip(positives, totals).map { ($0 + 0.5) / ($1 + 1) }
  }
}

extension Array {
  /// Returns the longest runs whose neighbours are all related.
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
