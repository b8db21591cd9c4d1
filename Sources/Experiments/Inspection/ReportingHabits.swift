import Configuration
import Training

/// What some habits of reporting would make of the same runs: how often the order of the rows of a table
/// changes, and which row comes first.
///
/// The reference is the protocol of this framework: settings chosen on validation rows, and the mean
/// over all seeds of the mean over scenarios on the test split. A habit replaces one part of it.
package struct ReportingHabits: Sendable {
  /// Another way of judging.
  package enum Habit: String, CaseIterable, Sendable {
    /// Every row is judged by one of its seeds; all combinations of seeds are equally likely.
    case oneSeed = "one seed"
    /// Every row is judged by its best seed on the test split.
    case bestSeed = "best seed"
    /// Rows are judged by the value on the rows of all scenarios together, not by the mean over scenarios.
    case pooled
    /// The trial of a search is chosen by the test split. Both orders are of the search's own runs: by the
    /// trial that was chosen on validation rows, and by the best.
    case testSelection = "test selection"
  }

  /// What a habit does to the rows of a table in one task.
  package struct Effect: Sendable {
    /// The habit.
    package let habit: Habit
    /// The rows that can be judged in both ways, as places among ``Table/rows``.
    package let rows: [Int]
    /// How their order changes.
    package let change: OrderChange
    /// By how much scores seem better on average, in the direction of the metric; nil if the habit measures
    /// something else.
    package let gain: Double?
    /// The scores that the habit gives; nil if they are left to chance.
    package let scores: [Double]?

    /// The row that is first by the habit, as its place among ``Table/rows``, the earlier of several;
    /// nil if that is left to chance.
    package func first(higherIsBetter: Bool) -> Int? {
      guard let scores, let best = higherIsBetter ? scores.max() : scores.min() else { return nil }
      return scores.firstIndex(of: best).map { rows[$0] }
    }
  }

  /// One task of one table.
  package struct Table: Sendable {
    /// The words that name the results.
    package let source: String
    /// The task.
    package let task: String
    /// The labels of the rows that are judged.
    package let rows: [String]
    /// The seeds of every row.
    package let seeds: [Int]
    /// Whether the paired t-test over the seeds, Holm-corrected over all pairs, tells two rows apart at the
    /// level of ``Verdict``.
    package let isApart: [[Bool]]
    /// The effects, in the order of ``Habit``; those that the runs cannot show are left out.
    package let effects: [Effect]
    /// The rows whose best seed is better than the means of all others: those that could be reported as
    /// the best by whoever picks one seed for the own model alone.
    package let possibleFirst: [Int]

    /// The effect of a habit.
    package func effect(_ habit: Habit) -> Effect? { effects.first { $0.habit == habit } }

    /// The expected number of pairs that a habit makes change places, and the number of pairs.
    package func flipped(by habit: Habit, amongApart: Bool = false) -> (
      expected: Double, pairs: Int
    )? {
      effect(habit).map { effect in
        effect.change.flipped { a, b in
          !amongApart || isApart[effect.rows[a]][effect.rows[b]]
        }
      }
    }
  }

  /// The measure.
  package let metric: Metric
  /// The tables, one per source and task.
  package let tables: [Table]
  /// One sentence for every row that is not judged.
  package let leftOut: [String]

  /// Judges results.
  ///
  /// - Parameters:
  ///   - sources: The runs of each table with the words that name it.
  ///   - metric: The measure, such as AUC.
  /// - Throws: ``Diagnostic`` if the measure has no direction, or a source lacks two rows with the same
  ///   two seeds or more on the same data.
  package init(_ sources: [(name: String, runs: RunCollection)], _ metric: Metric) throws {
    guard let higherIsBetter = metric.higherIsBetter else {
      throw Diagnostic("\(metric.title) has no direction, so it does not order models")
    }
    var tables: [Table] = []
    var leftOut: [String] = []
    for (name, runs) in sources {
      try locating(name) {
        let sides = try PairedRuns.Side.ofOneTable(try runs.resultsByRow())
        let seeds = sides.map { $0.runs.map(\.configuration.seed) }
          .reduce([]) { $1.count > $0.count ? $1 : $0 }
        guard seeds.count > 1 else {
          throw Diagnostic(
            "has one seed per row, and habits are judged against the mean over several")
        }
        let trials = Dictionary(
          runs.runsByRow(.search).map { ($0.label, $0.runs) },
          uniquingKeysWith: { first, _ in first })
        for task in sides.first?.records.first?.test.tasks ?? [] {
          var judged: [TableRow] = []
          for side in sides {
            let row = try TableRow(side, trials: trials[side.label] ?? [], metric, task: task)
            if side.runs.map(\.configuration.seed) == seeds, let row {
              judged.append(row)
            } else {
              leftOut.append(
                "\(name), \(task): '\(side.label)' "
                  + (row == nil ? "is undefined on a seed" : "has other seeds"))
            }
          }
          guard judged.count > 1 else {
            throw Diagnostic("has fewer than two rows with \(metric.id)/\(task) on the same seeds")
          }
          tables.append(
            Table(
              source: name, task: task, seeds: seeds, judged, higherIsBetter: higherIsBetter))
        }
      }
    }
    (self.metric, self.tables, self.leftOut) = (metric, tables, leftOut)
  }

  /// The expected number of pairs of all tables that a habit makes change places, the number of pairs, and
  /// the expected number of tables whose first row changes; nil if no table shows it.
  package func total(_ habit: Habit, amongApart: Bool = false) -> (
    expected: Double, pairs: Int, firstChanges: Double, tables: Int
  )? {
    let found = tables.filter { $0.effect(habit) != nil }
    guard !found.isEmpty else { return nil }
    return found.reduce((0, 0, 0, 0)) { sum, table in
      let own = table.flipped(by: habit, amongApart: amongApart) ?? (0, 0)
      return (
        sum.0 + own.expected, sum.1 + own.pairs,
        sum.2 + (table.effect(habit)?.change.firstChange ?? 0), sum.3 + 1
      )
    }
  }
}

/// The scores of a row in one task.
private struct TableRow {
  let label: String
  /// The means over scenarios, in the order of the seeds.
  let values: [Double]
  /// The values on all rows together, in that order; nil if one is undefined.
  let pooled: [Double]?
  /// The mean over the search seeds of every trial on the test split, by its number.
  let trials: [Int: Double]
  /// The trial that was chosen on validation rows.
  let chosen: Int?

  var mean: Double { Summary(values)?.mean ?? .nan }

  /// Reads a row; nil if its mean over scenarios is undefined on a seed.
  init?(_ side: PairedRuns.Side, trials runs: [StoredRun], _ metric: Metric, task: String) throws {
    func values(_ records: [RunRecord], _ scope: MetricScope) throws -> [Double]? {
      let found = try records.compactMap { try $0.test.value(MetricName(metric, scope)) }
      return found.count == records.count && found.allSatisfy(\.isFinite) ? found : nil
    }
    guard let own = try values(side.records, .task(task)) else { return nil }
    (label, self.values) = (side.label, own)
    pooled = try values(side.records, .taskPooled(task))
    func trial(_ run: StoredRun, _ purpose: Plan.Purpose) -> Int? {
      run.places.first { $0.row == side.label && $0.purpose == purpose }?.trial
    }
    chosen = side.runs.first.flatMap { trial($0, .result) }
    var trials: [Int: Double] = [:]
    let grouped = Dictionary(grouping: runs) { trial($0, .search) ?? 0 }
    let seeds = chosen.flatMap { grouped[$0] }.map { Set($0.map(\.configuration.seed)) }
    for (number, runs) in grouped where Set(runs.map(\.configuration.seed)) == seeds {
      let records = runs.compactMap(\.record)
      guard records.count == runs.count, let scores = try values(records, .task(task)) else {
        continue
      }
      trials[number] = Summary(scores)?.mean
    }
    self.trials = trials
  }

  func best(_ values: some Collection<Double>, _ higherIsBetter: Bool) -> Double? {
    higherIsBetter ? values.max() : values.min()
  }
}

extension ReportingHabits.Table {
  fileprivate init(
    source: String, task: String, seeds: [Int], _ rows: [TableRow], higherIsBetter: Bool
  ) {
    (self.source, self.task, self.seeds) = (source, task, seeds)
    self.rows = rows.map(\.label)
    let sign = higherIsBetter ? 1.0 : -1
    let means = rows.map(\.mean)
    let best = rows.map { $0.best($0.values, higherIsBetter) ?? .nan }

    let pairs = rows.indices.flatMap { a in (0..<a).map { (a, $0) } }
    let probabilities = holmCorrected(
      pairs.map { PairedComparison(rows[$0].values, reference: rows[$1].values)?.probability })
    var isApart = rows.map { _ in [Bool](repeating: false, count: rows.count) }
    for ((a, b), probability) in zip(pairs, probabilities) {
      let isFound = probability.map { $0 < Verdict.level } ?? false
      (isApart[a][b], isApart[b][a]) = (isFound, isFound)
    }
    self.isApart = isApart

    possibleFirst = rows.indices.filter { own in
      rows.indices.allSatisfy { $0 == own || sign * best[own] > sign * means[$0] }
    }

    func effect(
      _ habit: ReportingHabits.Habit, _ places: [Int], from reference: [Double],
      to values: [[Double]],
      gains: Bool
    ) -> ReportingHabits.Effect? {
      guard places.count > 1,
        let change = OrderChange(from: reference, to: values, higherIsBetter: higherIsBetter)
      else { return nil }
      let scores = values.allSatisfy { $0.count == 1 } ? values.map { $0[0] } : nil
      let differences = scores.map { zip($0, reference).map { sign * ($0 - $1) } } ?? []
      return ReportingHabits.Effect(
        habit: habit, rows: places, change: change,
        gain: gains ? Summary(differences)?.mean : nil, scores: scores)
    }
    let all = Array(rows.indices)
    let pooled = all.filter { rows[$0].pooled != nil }
    let searched = all.filter { place in
      rows[place].trials.count > 1 && rows[place].chosen.flatMap { rows[place].trials[$0] } != nil
    }
    effects = [
      effect(.oneSeed, all, from: means, to: rows.map(\.values), gains: false),
      effect(.bestSeed, all, from: means, to: best.map { [$0] }, gains: true),
      effect(
        .pooled, pooled, from: pooled.map { means[$0] },
        to: pooled.map { [Summary(rows[$0].pooled ?? [])?.mean ?? .nan] }, gains: false),
      effect(
        .testSelection, searched,
        from: searched.map { place in
          rows[place].chosen.flatMap { rows[place].trials[$0] } ?? .nan
        },
        to: searched.map { [rows[$0].best(rows[$0].trials.values, higherIsBetter) ?? .nan] },
        gains: true),
    ].compactMap { $0 }
  }
}
