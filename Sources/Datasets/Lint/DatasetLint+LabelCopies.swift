import Ranking

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
    return problem.tasks.indices.flatMap { task in
      let mask = batch.mask.values(column: task)
      let defined = sample.indices.filter { mask[$0] == 1 }
      let labels = batch.labels.values(column: task)
      return features(of: batch, labels: labels, rows: defined).compactMap { name, scores in
        copyFinding(name, problem.tasks[task].name, scores, labels)
      }
    }
  }

  /// Scores by feature: pairs of a row and its score.
  private func features(
    of batch: LabeledBatch, labels: [Float], rows: [Int]
  ) -> [(String, [(row: Int, score: Double)])] {
    let judged = rows.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element)
    let learned = rows.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    func scores(_ size: Int, _ ids: (Int) -> ArraySlice<Int32>) -> [(row: Int, score: Double)] {
      var positives = [Double](repeating: 0, count: size)
      var totals = positives
      for row in learned {
        for id in ids(row) {
          totals[Int(id)] += 1
          positives[Int(id)] += Double(labels[row])
        }
      }
      return judged.map { row in
        let rates = ids(row).map { (positives[Int($0)] + 0.5) / (totals[Int($0)] + 1) }
        return (row, rates.isEmpty ? 0.5 : rates.reduce(0, +) / Double(rates.count))
      }
    }
    let fieldCount = problem.fields.count
    let fields = problem.fields.enumerated().map { index, field in
      (
        field.name,
        scores(field.vocabularySize) { row in
          batch.batch.ids[row * fieldCount + index...row * fieldCount + index]
        }
      )
    }
    let bags = zip(problem.bags, batch.batch.bags).map { field, bag in
      (
        field.name,
        scores(field.vocabularySize) { bag.ids[Int(bag.offsets[$0])..<Int(bag.offsets[$0 + 1])] }
      )
    }
    let numericals = problem.numericals.enumerated().map { index, name in
      let values = batch.batch.numericals.values(column: index)
      return (name, rows.map { (row: $0, score: Double(values[$0])) })
    }
    return fields + bags + numericals
  }

  private func copyFinding(
    _ feature: String, _ task: String, _ scores: [(row: Int, score: Double)], _ labels: [Float]
  ) -> LintFinding? {
    let auc = pairwiseAUC(
      scores: scores.map(\.score), positiveWeights: scores.map { Double(labels[$0.row]) })
    guard let auc, max(auc, 1 - auc) >= Self.suspiciousAUC else { return nil }
    let value = max(auc, 1 - auc)
    return LintFinding(
      .labelCopy, .problem, feature: feature, task: task, value: value,
      "feature '\(feature)' alone tells the label of task '\(task)' with AUC "
        + "\((value * 10_000).rounded() / 10_000): it may be a copy of it, or follow from it")
  }
}
