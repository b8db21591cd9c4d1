import Datasets
import Ranking
import TensorCore

/// The findings that follow from the collected facts.
extension LintFacts {
  // MARK: Copies of labels

  private static let suspiciousAUC = 0.995

  /// Finds features that separate a label almost perfectly, on an even sample of the train rows.
  ///
  /// A numerical feature is evaluated by its AUC. A categorical feature is evaluated by the AUC, on
  /// every second row, of its values' positive rates on the other rows; a multi-valued feature by
  /// the mean rate of its values.
  func labelCopies() -> [LintFinding] {
    problem.tasks.enumerated().flatMap { task, described -> [LintFinding] in
      let judge = LabelCopyJudge(sample, problem, task: task, bound: Self.suspiciousAUC)
      return judge.aucs().compactMap { name, auc in
        auc.flatMap { copyFinding(name, described.name, max($0, 1 - $0)) }
      }
    }
  }

  private func copyFinding(_ feature: String, _ task: String, _ auc: Double) -> LintFinding? {
    guard auc >= Self.suspiciousAUC else { return nil }
    return LintFinding(
      .labelCopy, .problem, feature: feature, task: task, value: auc,
      "feature '\(feature)' alone separates the classes of task '\(task)' with AUC "
        + "\((auc * 10_000).rounded() / 10_000): it may be a copy of the label, or derived from it")
  }

  // MARK: Labels of one class

  /// Finds tasks and cells whose labels are all equal, or that have no labels.
  ///
  /// - Parameter counts: By split, the row counts.
  func oneClassCells(_ counts: [SplitCounts]) -> [LintFinding] {
    let scenarios = problem.scenarios.leafNames
    return zip(SplitName.allCases, counts).flatMap { split, counts -> [LintFinding] in
      guard counts.rowCount > 0 else { return [] }
      return problem.tasks.enumerated().flatMap { task, described -> [LintFinding] in
        let defined = counts.definedCount(task: task)
        let positive = counts.positiveCount(task: task)
        if positive == 0 || positive == defined {
          return [
            LintFinding(
              .oneClass, .problem, task: described.name, split: split, value: Double(defined),
              "task '\(described.name)' has \(positive) positives in \(defined) labels of the "
                + "\(split.rawValue) split")
          ]
        }
        return scenarios.enumerated().compactMap { leaf, scenario in
          let defined = counts.definedCounts[leaf][task]
          let positive = counts.positiveCounts[leaf][task]
          guard positive == 0 || positive == defined else { return nil }
          return LintFinding(
            .oneClass, .warning, task: described.name, scenario: scenario, split: split,
            value: Double(defined),
            "task '\(described.name)' in scenario '\(scenario)' has \(positive) positives in "
              + "\(defined) labels of the \(split.rawValue) split: its AUC is not defined")
        }
      }
    }
  }

  // MARK: Labels without the ones that they follow

  /// Finds tasks that are declared to follow others but do not do so on all rows.
  ///
  /// - Parameter counts: By split, the row counts.
  func strayLabels(_ counts: [SplitCounts]) -> [LintFinding] {
    zip(SplitName.allCases, zip(strayCounts, counts)).flatMap { split, found -> [LintFinding] in
      problem.tasks.indices.compactMap { index in
        let (task, stray) = (problem.tasks[index], found.0[index])
        guard let follows = task.follows, stray > 0 else { return nil }
        let positive = found.1.positiveCount(task: index)
        return LintFinding(
          .strayLabels, .warning, task: task.name, split: split, value: Double(stray),
          "task '\(task.name)' follows '\(follows)', but \(stray) of its \(positive) positives "
            + "(\(percent(Double(stray) / Double(positive)))) in the \(split.rawValue) split are on "
            + "rows where '\(follows)' is not 1")
      }
    }
  }

  // MARK: Constant features

  /// Finds features with only one value in the train rows, in all scenarios or in some.
  func constants() -> [LintFinding] {
    let leafNames = problem.scenarios.leafNames
    return ranges.names.enumerated().flatMap { feature, name -> [LintFinding] in
      let values = leafNames.indices.map { ranges.range(feature: feature, leaf: $0) }
      let present = values.indices.filter { values[$0] != nil }
      let all = values.compactMap { $0 }
      guard let first = all.first else { return [] }
      if all.allSatisfy({ isConstant($0) && $0.lowerBound == first.lowerBound }) {
        return [
          LintFinding(
            .constant, .warning, feature: name, "feature '\(name)' has one value in the train split"
          )
        ]
      }
      let constant = present.filter { values[$0].map(isConstant) ?? false }
      if constant.count == present.count {
        return [
          LintFinding(
            .constant, .note, feature: name,
            "feature '\(name)' has one value in each scenario: it says no more than the scenario")
        ]
      }
      return constant.map { leaf in
        LintFinding(
          .constant, .note, feature: name, scenario: leafNames[leaf],
          "feature '\(name)' has one value in scenario '\(leafNames[leaf])'")
      }
    }
  }

  private func isConstant(_ range: ClosedRange<Double>) -> Bool {
    range.lowerBound == range.upperBound
  }

  // MARK: Large numbers

  private static let largestUsualMagnitude: Float = 1e6

  /// Finds numerical features that are so large that they dominate all others.
  func magnitudes() -> [LintFinding] {
    problem.numericals.enumerated().compactMap { index, name in
      let largest = ranges.largestMagnitude(ofNumerical: index)
      guard largest > Self.largestUsualMagnitude else { return nil }
      return LintFinding(
        .magnitude, .warning, feature: name, value: Double(largest),
        "feature '\(name)' reaches a magnitude of \(largest) in the train split: numbers above "
          + "\(Self.largestUsualMagnitude) drown all others in a network; scale the feature")
    }
  }

  // MARK: Repeated rows

  /// Counts rows whose features also occur in another split, or twice in one split.
  func duplicates() -> [LintFinding] {
    var hashes = hashes
    for split in hashes.indices { radixSort(&hashes[split]) }
    var findings: [LintFinding] = []
    for (index, split) in SplitName.allCases.enumerated() {
      let rows = hashes[index]
      let repeated = zip(rows, rows.dropFirst()).count { $0 == $1 }
      if repeated > 0 {
        findings.append(
          LintFinding(
            .duplicates, .note, split: split, value: Double(repeated),
            "\(repeated) rows (\(percent(Double(repeated) / Double(rows.count)))) of the "
              + "\(split.rawValue) split repeat the features of another row of it"))
      }
      guard split != .train else { continue }
      let shared = Self.countOfShared(rows, with: hashes[0])
      guard shared > 0 else { continue }
      let share = Double(shared) / Double(rows.count)
      findings.append(
        LintFinding(
          .duplicates, share > 0.01 ? .warning : .note, split: split, value: Double(shared),
          "\(shared) rows (\(percent(share))) of the \(split.rawValue) split have the features of "
            + "a train row"))
    }
    return findings
  }

  /// Counts the elements of a sorted list that another sorted list contains.
  private static func countOfShared(_ rows: [UInt64], with others: [UInt64]) -> Int {
    var position = 0
    return rows.count { row in
      while position < others.count, others[position] < row { position += 1 }
      return position < others.count && others[position] == row
    }
  }

  // MARK: Values outside the vocabulary

  private static let notableShare = 0.01
  private static let largeShare = 0.2

  /// Finds features with many unknown values in validation or test.
  func overflow() -> [LintFinding] {
    SplitName.allCases.enumerated().dropFirst().flatMap { number, split -> [LintFinding] in
      let (unknown, totals) = (unknownCounts[number], valueCounts[number])
      return (problem.fields + problem.bags).enumerated().compactMap { index, field in
        let share = Double(unknown[index]) / Double(max(1, totals[index]))
        guard share >= Self.notableShare else { return nil }
        return LintFinding(
          .overflow, share > Self.largeShare ? .warning : .note, feature: field.name, split: split,
          value: share,
          "\(percent(share)) of the values of feature '\(field.name)' in the \(split.rawValue) "
            + "split are not in the vocabulary")
      }
    }
  }

  // MARK: Groups

  /// Reports how many rows of validation and test are in groups with both classes, the only rows
  /// used by grouped metrics.
  func groupsOfBothClasses(_ rowsWithoutGroup: [Int]) -> [LintFinding] {
    SplitName.allCases.enumerated().flatMap { index, split -> [LintFinding] in
      let tally = groups[index]
      // A row without a group counts as a group of its own.
      let groupCount = tally.groupCount - rowsWithoutGroup[index]
      guard split != .train, groupCount > 0 else { return [] }
      let (defined, positive) = (tally.defined, tally.positive)
      let taskCount = tally.taskCount
      return problem.tasks.enumerated().map { task, described in
        let cells = stride(from: task, to: defined.count, by: taskCount)
        let mixed = cells.filter { positive[$0] > 0 && positive[$0] < defined[$0] }
        let total = cells.reduce(0) { $0 + Int(defined[$1]) }
        let share = Double(mixed.reduce(0) { $0 + Int(defined[$1]) }) / Double(max(1, total))
        return LintFinding(
          .groups, mixed.isEmpty ? .warning : .note, task: described.name, split: split,
          value: share,
          "\(mixed.count) of \(groupCount) groups of the \(split.rawValue) split, with "
            + "\(percent(share)) of the labels, have both classes of task '\(described.name)'")
      }
    }
  }

  /// Reports how many rows have no group.
  func rowsInNoGroup(_ counts: [SplitCounts], _ rowsWithoutGroup: [Int]) -> [LintFinding] {
    zip(zip(SplitName.allCases, counts), rowsWithoutGroup).compactMap { split, rowCount in
      guard rowCount > 0 else { return nil }
      let share = Double(rowCount) / Double(max(1, split.1.rowCount))
      return LintFinding(
        .groups, share > 0.01 && split.0 != .train ? .warning : .note, split: split.0,
        value: Double(rowCount),
        "\(rowCount) rows (\(percent(share))) of the \(split.0.rawValue) split are in no group: "
          + "they take no part in grouped metrics")
    }
  }

  /// Reports groups that occur in several files.
  static func groupsInSeveralSources(_ count: Int, split: SplitName) -> LintFinding? {
    guard count > 0 else { return nil }
    return LintFinding(
      .groups, .warning, split: split, value: Double(count),
      "\(count) groups of the \(split.rawValue) split have rows in several files: if groups are "
        + "numbered within a file, add a constant column of the file to 'group'")
  }
}
