import Configuration
import Experiments
import Training

extension ReportContent {
  /// Returns warnings about a choice of settings or weights: a lead smaller than the spread over
  /// seeds, weights that were best at the very end, or a selection metric based on few rows.
  func cautions() throws -> [String] {
    try rows.flatMap { try leadCautions($0) } + lastEpochCautions() + (try fewRowsCautions())
  }

  private func leadCautions(_ row: ReportRow) throws -> [String] {
    guard let choice = row.choice, let runnerUp = choice.runnerUp else { return [] }
    let metric = specification.selection.metric
    let spread = Summary(try row.records.compactMap { try $0.validation.value(metric) })?.deviation
    guard let spread, choice.margin < spread else { return [] }
    return [
      "\(row.label): draw \(choice.trial) was chosen with a lead of "
        + "\(fixed(choice.margin, digits: 4)) over draw \(runnerUp) in validation \(metric), less than the "
        + "standard deviation over seeds, \(fixed(spread, digits: 4)): the choice may be chance."
    ]
  }

  private func lastEpochCautions() -> [String] {
    let found = rows.compactMap { row in
      let count = row.records.count(where: \.wasBestAtTheEnd)
      return count == 0 ? nil : (label: row.label, shares: "\(count) of \(row.records.count)")
    }
    guard let first = found.first else { return [] }
    return [
      found.count == 1
        ? "\(first.label): \(first.shares) runs had their best weights at the last evaluation: "
          + "more epochs may give more."
        : "Some runs had their best weights at the last evaluation, so more epochs may give more: "
          + found.map { "\($0.label) (\($0.shares))" }.joined(separator: ", ") + "."
    ]
  }

  private func fewRowsCautions() throws -> [String] {
    guard let record = rows.lazy.compactMap(\.records.first).first else { return [] }
    let chosenBy = rows.contains { $0.declared.budget > 0 } ? [specification.selection.metric] : []
    let watched = try rows.compactMap { row -> MetricName? in
      guard case .string(let name)? = row.records.first?.configuration.training["monitor"] else {
        return nil
      }
      return try MetricName(name)
    }
    var seen: [MetricName] = []
    for metric in chosenBy + watched where !seen.contains(metric) { seen.append(metric) }
    return seen.compactMap { record.validation.caution(on: $0) }
  }
}

extension RunRecord {
  /// Whether the best of several evaluations was the last one, without early stopping.
  public var wasBestAtTheEnd: Bool {
    let keepsBest = configuration.training["keptWeights"] != .string(KeptWeights.last.rawValue)
    return keepsBest && course.trainingLoss.count > 1 && course.bestStep == course.steps
  }

  /// Returns warnings about the choice of the run's weights.
  ///
  /// - Throws: ``Diagnostic`` if the monitored metric cannot be read.
  public func cautions() throws -> [String] {
    var sentences: [String] = []
    if wasBestAtTheEnd {
      sentences.append(
        "the best weights are those of the last evaluation: more epochs may give more")
    }
    if case .string(let monitor)? = configuration.training["monitor"],
      let sentence = validation.caution(on: try MetricName(monitor))
    {
      sentences.append(sentence)
    }
    return sentences
  }
}

extension MetricGrid {
  /// The number of rows of the rarer class below which an AUC is unreliable: with 50 rows its
  /// standard error is about 0.04 (Hanley and McNeil, 1982, at an AUC of 0.7 and many rows of the
  /// other class).
  private static let fewRows = 50

  /// Returns a warning if the value of a metric is based on very few rows.
  fileprivate func caution(on name: MetricName) -> String? {
    var cells: [(place: String, cell: MetricCell)] = []
    func add(_ task: Int, scenarios isBroken: Bool) {
      if isBroken {
        cells += zip(scenarios, self.cells[task]).map { ("\(tasks[task]) in \($0)", $1) }
      } else {
        cells.append((tasks[task], pooled[task]))
      }
    }
    switch name.scope {
    case .macro: for task in tasks.indices { add(task, scenarios: true) }
    case .pooled: for task in tasks.indices { add(task, scenarios: false) }
    case .task(let task): tasks.firstIndex(of: task).map { add($0, scenarios: true) }
    case .taskPooled(let task): tasks.firstIndex(of: task).map { add($0, scenarios: false) }
    case .cell(let task, let scenario):
      tasks.firstIndex(of: task).map { add($0, scenarios: true) }
      cells = cells.filter { $0.place == "\(task) in \(scenario)" }
    }
    func rarer(_ cell: MetricCell) -> Int { min(cell.positives, cell.rows - cell.positives) }
    let defined = cells.filter { $0.cell[name.metric] != nil }
    let few = defined.filter { rarer($0.cell) < Self.fewRows }
    guard let least = few.min(by: { rarer($0.cell) < rarer($1.cell) }) else { return nil }
    let share = defined.count == 1 ? "" : "\(few.count) of the \(defined.count) cells of "
    return
      "\(share)validation \(name) rest\(defined.count == 1 ? "s" : "") on fewer than \(Self.fewRows) rows "
      + "of one class (least: \(least.place), \(least.cell.positives) positive of "
      + "\(least.cell.rows) rows): choices by it may be chance"
  }
}
