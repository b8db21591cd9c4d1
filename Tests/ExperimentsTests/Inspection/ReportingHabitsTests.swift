import Configuration
import Experiments
import ExperimentsTestKit
import TestKit
import Testing
import Training

@Suite struct ReportingHabitsTests {
  /// A run of a row whose numbers are the same in both tasks and scenarios, but for the pooled ones.
  private func stored(
    _ row: String, seed: Int, purpose: Plan.Purpose = .result, trial: Int = 0, _ score: Double?,
    pooled: Double = 0.5, dataset: String = "data"
  ) -> StoredRun {
    // The width tells trials apart.
    var record = fakeRecord(
      FakeStore.configuration(model: row, width: 8 + trial, seed: seed, dataset: dataset))
    func cell(_ value: Double?) -> MetricCell {
      MetricCell(
        rows: 100, positives: 20, values: [.auc: value, .logLoss: value.map { 1 - $0 }, .copc: 1])
    }
    record.test = MetricGrid(
      tasks: ["click"], scenarios: ["NL", "FR"], cells: [[cell(score), cell(score)]],
      pooled: [cell(pooled)])
    return StoredRun(
      .done(record),
      places: [StoredRun.Place(row: row, purpose: purpose, trial: trial, order: 0)])
  }

  /// Three rows: A is first by its mean, B by its best seed, C by its pooled value.
  private var rows: [StoredRun] {
    let scores = [
      ("A", [0.72, 0.73, 0.74]), ("B", [0.70, 0.71, 0.76]), ("C", [0.65, 0.66, 0.67]),
    ]
    return zip(scores, [0.70, 0.71, 0.72]).flatMap { row, pooled in
      row.1.enumerated().map { stored(row.0, seed: $0 + 1, $1, pooled: pooled) }
    }
  }

  private func judged(_ runs: [StoredRun], _ metric: Metric = .auc) throws -> ReportingHabits {
    try ReportingHabits([(name: "table", runs: RunCollection(runs))], metric)
  }

  @Test func everyHabitGivesTheOrderOfItsScores() throws {
    let table = try #require(try judged(rows).tables.first)
    #expect(table.rows == ["A", "B", "C"] && table.seeds == [1, 2, 3] && table.task == "click")
    let oneSeed = try #require(table.effect(.oneSeed))
    // A is behind B only if B is judged by .76; C is never before another.
    #expect(oneSeed.change.flips[0][1] == 1.0 / 3 && oneSeed.change.flips[1][2] == 0)
    #expect(abs(oneSeed.change.firstChange - 1.0 / 3) < 1e-12)
    #expect(oneSeed.scores == nil && oneSeed.gain == nil)
    let best = try #require(table.effect(.bestSeed))
    #expect(best.first(higherIsBetter: true) == 1 && best.change.flipped() == (1, 3))
    let gain = try #require(best.gain)
    let gains: [Double] = [0.01, 0.11 / 3, 0.01]
    #expect(abs(gain - gains.reduce(0, +) / 3) < 1e-12)
    let pooled = try #require(table.effect(.pooled))
    #expect(pooled.first(higherIsBetter: true) == 2 && pooled.change.flipped() == (3, 3))
    #expect(table.effect(.testSelection) == nil)
    #expect(table.possibleFirst == [0, 1])
  }

  @Test func theDirectionOfTheMetricCounts() throws {
    let better = try #require(try judged(rows).tables.first)
    let loss = try #require(try judged(rows, .logLoss).tables.first)
    for habit in [ReportingHabits.Habit.oneSeed, .bestSeed, .pooled] {
      #expect(loss.effect(habit)?.change == better.effect(habit)?.change)
    }
    #expect(loss.possibleFirst == better.possibleFirst)
    #expect(
      abs((loss.effect(.bestSeed)?.gain ?? 0) - (better.effect(.bestSeed)?.gain ?? 9)) < 1e-12)
  }

  @Test func pairsThatSeedsTellApartAreCountedAlone() throws {
    let table = try #require(try judged(rows).tables.first)
    // The differences of A and C are .07 on every seed, which has no test; those of B are too spread.
    #expect(table.isApart.allSatisfy { $0.allSatisfy { !$0 } })
    let spread = zip([0.001, 0, -0.001], 1...).map { stored("D", seed: $1, 0.6 + $0) }
    let wide = try #require(try judged(rows + spread).tables.first)
    #expect(wide.isApart[0][3] && wide.isApart[3][0] && !wide.isApart[0][1])
    #expect(wide.flipped(by: .bestSeed, amongApart: true)?.expected == 0)
    #expect(wide.flipped(by: .pooled, amongApart: true)?.pairs ?? 0 > 0)
  }

  @Test func trialsChosenByTheTestSplitAreSetAgainstThoseChosenByValidation() throws {
    // Trial 0 of both rows was chosen; on the test split, trial 1 of B would have been best.
    var trials: [StoredRun] = []
    for (row, scores) in [("A", [0.73, 0.70]), ("B", [0.71, 0.75])] {
      for (trial, score) in scores.enumerated() {
        trials.append(stored(row, seed: 100, purpose: .search, trial: trial, score))
      }
    }
    let table = try #require(try judged(rows + trials).tables.first)
    let effect = try #require(table.effect(.testSelection))
    // C had no search.
    #expect(effect.rows == [0, 1] && effect.scores == [0.73, 0.75])
    #expect(effect.change.flipped() == (1, 1) && effect.first(higherIsBetter: true) == 1)
    #expect(abs(try #require(effect.gain) - 0.02) < 1e-12)
  }

  @Test func trialsWithoutTheSeedsOfTheChosenOneDoNotCount() throws {
    var trials: [StoredRun] = []
    for row in ["A", "B"] {
      trials.append(stored(row, seed: 100, purpose: .search, trial: 0, 0.7))
      trials.append(stored(row, seed: 101, purpose: .search, trial: 1, 0.9))
    }
    #expect(try judged(rows + trials).tables.first?.effect(.testSelection) == nil)
  }

  @Test func severalTablesAreCountedTogether() throws {
    let other = rows.map { run in
      var record = run.record ?? fakeRecord(run.configuration)
      record.configuration.dataset = "other"
      return StoredRun(.done(record), places: run.places)
    }
    let habits = try ReportingHabits(
      [(name: "one", runs: RunCollection(rows)), (name: "two", runs: RunCollection(other))], .auc)
    let total = try #require(habits.total(.bestSeed))
    #expect(total == (2, 6, 2, 2))
    #expect(habits.total(.testSelection) == nil)
  }

  @Test func rowsThatCannotBeJudgedAreNamed() throws {
    let undefined = (1...3).map { stored("D", seed: $0, nil) }
    let fewer = (1...2).map { stored("E", seed: $0, 0.7) }
    let habits = try judged(rows + undefined + fewer)
    #expect(habits.tables.first?.rows == ["A", "B", "C"])
    #expect(
      habits.leftOut == [
        "table, click: 'D' is undefined on a seed", "table, click: 'E' has other seeds",
      ])
  }

  @Test func committedRunsAreJudgedAsAnotherProgramJudgesThem() throws {
    // Made by Tests/Fixtures/make/reporting_habits.py, which lists all combinations of seeds.
    let expected = try StatisticsFixture("habits")["tables"].cases
    let names = ["kuairand-pure", "us-flights", "aliexpress-twin"]
    let habits = try ReportingHabits(
      try names.map { name in
        let folder = DataFolder.packageRoot.appending(path: "results/\(name)").path
        return (name: name, runs: try RunCollection(contentsOf: [folder]))
      }, .auc)
    try #require(habits.tables.count == expected.count)
    for (table, expected) in zip(habits.tables, expected) {
      for habit in ReportingHabits.Habit.allCases {
        let flipped = try #require(table.flipped(by: habit))
        #expect(flipped.pairs == 6)
        #expect(abs(flipped.expected - (try expected["flipped"].number(habit.rawValue))) < 1e-9)
      }
      let oneSeed = try #require(table.effect(.oneSeed))
      #expect(.string(table.rows[oneSeed.change.first]) == (try expected["first"].value))
      #expect(abs(oneSeed.change.firstChange - (try expected.number("firstChange"))) < 1e-9)
      #expect(
        .list(table.possibleFirst.map { .string(table.rows[$0]) })
          == (try expected["possibleFirst"].value))
      for (habit, name) in [
        (ReportingHabits.Habit.bestSeed, "bestGain"), (.testSelection, "selectionGain"),
      ] {
        let gain = try #require(table.effect(habit)?.gain)
        #expect(abs(gain - (try expected.number(name))) < 1e-9)
      }
    }
  }

  private func problem(_ runs: [StoredRun], _ metric: Metric = .auc) throws -> Diagnostic {
    try #require(throws: Diagnostic.self) { _ = try judged(runs, metric) }
  }

  @Test func resultsThatCannotBeJudgedAreRefused() throws {
    #expect(try problem(rows, .copc).problem.contains("no direction"))
    #expect(try problem([]).problem == "has no results of a table")
    let oneSeed = try problem(rows.filter { $0.configuration.seed == 1 })
    #expect(oneSeed.place == ["table"] && oneSeed.problem.hasPrefix("has one seed per row"))
    let oneRow = try problem(rows.filter { $0.configuration.model == "A" })
    #expect(oneRow.problem == "has fewer than two rows with auc/click on the same seeds")
    let elsewhere = try problem(rows + (1...3).map { stored("D", seed: $0, 0.7, dataset: "other") })
    #expect(elsewhere.place == ["table", "'D'"])
  }
}
