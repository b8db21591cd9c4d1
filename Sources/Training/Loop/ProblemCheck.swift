import Configuration
import Ranking

extension TrainingOptions {
  /// Checks that a model can be trained with the options, to the extent that this does not depend
  /// on rows.
  ///
  /// - Throws: ``Diagnostic`` if this process lacks the precision, or if the options do not suit
  ///   the model or its problem: the metric to watch, the number of task weights, parameter groups,
  ///   phases, objectives to balance.
  public func check(for model: BuiltModel) throws {
    let problem = model.problem
    try validate()
    try Self.checkPrecision(configuration)
    try MetricName(monitor).check(against: problem)
    guard taskWeights.isEmpty || taskWeights.count == problem.tasks.count else {
      throw Diagnostic(
        "taskWeights has \(taskWeights.count) numbers, but the problem has "
          + "\(problem.tasks.count) tasks (\(problem.tasks.map(\.name).joined(separator: ", ")))")
    }
    _ = try scenarioShares(in: problem.scenarios)
    for group in groups.names { try model.store.checkHasGroup(group) }
    try model.phases.check()
    if model.store.ranks != nil {
      guard model.linearModel == nil else {
        throw Diagnostic(
          "the model is fitted to its optimum, which one process does: leave out --ranks")
      }
      try Balancing.checkOverRanks(balancing)
    }
    if model.linearModel == nil { _ = try Balancing(self, problem: problem, seed: 0) }
  }
}

extension Problem {
  /// Checks that a model was built for this problem.
  ///
  /// - Parameters:
  ///   - model: The model that will predict rows of this problem.
  ///   - place: The name of the rows in the message.
  /// - Throws: ``Diagnostic`` with the first difference.
  func check(isThatOf model: BuiltModel, in place: String) throws {
    guard self != model.problem else { return }
    throw Diagnostic(
      "\(place) is not of the model's problem: it \(difference(from: model.problem))")
  }

  private func difference(from other: Problem) -> String {
    let lists: [(String, [String], [String])] = [
      ("fields", fields.map(\.name), other.fields.map(\.name)),
      ("bags", bags.map(\.name), other.bags.map(\.name)),
      ("numericals", numericals, other.numericals),
      ("scenarios", scenarios.leafNames, other.scenarios.leafNames),
      ("tasks", tasks.map(\.name), other.tasks.map(\.name)),
    ]
    func listed(_ names: [String]) -> String {
      let shown = names.prefix(8).joined(separator: ", ")
      return names.isEmpty ? "(none)" : names.count > 8 ? shown + ", …" : shown
    }
    for (kind, here, there) in lists where here != there {
      return "has the \(kind) \(listed(here)) instead of \(listed(there))"
    }
    for (here, there) in zip(fields + bags, other.fields + other.bags)
    where here.vocabularySize != there.vocabularySize {
      return "has \(here.vocabularySize) ids of field '\(here.name)' "
        + "instead of \(there.vocabularySize)"
    }
    return "differs in what it says of levels or tasks"
  }
}
