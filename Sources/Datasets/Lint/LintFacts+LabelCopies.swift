extension LintFacts {
  private static let suspiciousAUC = 0.995

  /// Finds features that separate a label almost perfectly, on an even sample of the train rows.
  ///
  /// A numerical feature is judged by its AUC. A categorical one is judged by the AUC, on every
  /// second row, of the rates that its values have on the other rows; a multi-valued one by the
  /// mean rate of its values.
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
}
