import Configuration
import Experiments
import Training

/// What habits of reporting change, as tables: how many pairs of rows change places, which row is first,
/// and how much better scores seem.
struct HabitsListing {
  private let judged: ReportingHabits

  init(_ judged: ReportingHabits) { self.judged = judged }

  private var habits: [ReportingHabits.Habit] { ReportingHabits.Habit.allCases }

  private var isHigherBetter: Bool { judged.metric.higherIsBetter ?? true }

  private func name(_ table: ReportingHabits.Table) -> String { "\(table.source) \(table.task)" }

  /// The tables.
  var text: String {
    [pairs(amongApart: false), pairs(amongApart: true), firsts, notes.joined(separator: "\n")]
      .joined(separator: "\n\n")
  }

  /// The share of pairs that change places.
  private func pairs(amongApart: Bool) -> String {
    var text = TextTable(
      [amongApart ? "pairs told apart" : "all pairs", "pairs"] + habits.map(\.rawValue))
    func share(_ flipped: (expected: Double, pairs: Int)?) -> String {
      guard let flipped, flipped.pairs > 0 else { return "-" }
      return fixed(flipped.expected / Double(flipped.pairs), digits: 2)
    }
    for table in judged.tables {
      let own = habits.map { table.flipped(by: $0, amongApart: amongApart) }
      text.add([name(table), own[0].map { "\($0.pairs)" } ?? "-"] + own.map(share))
    }
    if judged.tables.count > 1 {
      let all = habits.map { judged.total($0, amongApart: amongApart) }
      text.add(
        ["together", all[0].map { "\($0.pairs)" } ?? "-"]
          + all.map { share($0.map { ($0.expected, $0.pairs) }) })
    }
    return text.text
  }

  /// Which row is first.
  private var firsts: String {
    var text = TextTable(
      ["first row", "mean of seeds"] + habits.map(\.rawValue) + ["own best seed"])
    for table in judged.tables {
      let first = table.effect(.oneSeed).map { table.rows[$0.rows[$0.change.first]] } ?? "-"
      let others = habits.map { habit -> String in
        guard let effect = table.effect(habit) else { return "-" }
        guard let place = effect.first(higherIsBetter: isHigherBetter) else {
          return "another: \(fixed(effect.change.firstChange, digits: 2))"
        }
        return effect.change.firstChange == 0 ? "same" : table.rows[place]
      }
      text.add(
        [name(table), first] + others + ["\(table.possibleFirst.count) of \(table.rows.count)"])
    }
    return text.text
  }

  private var notes: [String] {
    let seeds = Set(judged.tables.map(\.seeds.count)).sorted().map(String.init)
      .joined(separator: " or ")
    var notes = [
      "pairs: the share of pairs of rows in another order on the test split than by the mean of "
        + "\(judged.metric.id) over scenarios and over \(seeds) seeds, with settings chosen on validation "
        + "rows; pairs told apart: those whose paired t-test, Holm-corrected over all pairs, is below .05.",
      "one seed: every row by one of its seeds, all combinations equally likely: expected shares, and the "
        + "probability that another row is first. best seed: every row by its best seed.",
      "pooled: by the rows of all scenarios together. test selection: by the trial of the search that is "
        + "best on the test split, against the one chosen on validation rows, on the seeds of the search; "
        + "first row: same, if no other is better than that chosen so.",
      "own best seed: how many rows would be first if the best seed of one row were set against the means "
        + "of the others.",
    ]
    for (habit, words) in [
      (ReportingHabits.Habit.bestSeed, "The best seed"),
      (.testSelection, "Selection by the test split"),
    ] {
      let gains = judged.tables.compactMap { $0.effect(habit)?.gain }
      if let gain = Summary(gains)?.mean {
        notes.append(
          "\(words) makes \(judged.metric.id) seem better by \(fixed(gain, digits: 4)), the mean over rows."
        )
      }
    }
    if judged.tables.contains(where: { $0.effect(.testSelection) == nil }) {
      notes.append("-: a table without a search of two rows or more shows no selection of trials.")
    }
    return notes + judged.leftOut.map { "left out: \($0)" }
  }

  /// The same in machine-readable form.
  var value: ConfigurationValue {
    .object([
      "metric": .string(judged.metric.id),
      "tables": .list(judged.tables.map(value)),
      "leftOut": .list(judged.leftOut.map { .string($0) }),
    ])
  }

  private func value(_ table: ReportingHabits.Table) -> ConfigurationValue {
    var effects: [String: ConfigurationValue] = [:]
    for effect in table.effects {
      func counts(amongApart: Bool) -> ConfigurationValue {
        let flipped = table.flipped(by: effect.habit, amongApart: amongApart) ?? (0, 0)
        return .object([
          "flipped": .number(flipped.expected), "pairs": .integer(flipped.pairs),
        ])
      }
      effects[effect.habit.rawValue] = .object([
        "all": counts(amongApart: false), "apart": counts(amongApart: true),
        "rows": .list(effect.rows.map { .string(table.rows[$0]) }),
        "reference": .string(table.rows[effect.rows[effect.change.first]]),
        "first": effect.first(higherIsBetter: isHigherBetter).map { .string(table.rows[$0]) }
          ?? .null,
        "firstChange": .number(effect.change.firstChange),
        "gain": effect.gain.map { .number($0) } ?? .null,
      ])
    }
    return .object([
      "source": .string(table.source), "task": .string(table.task),
      "rows": .list(table.rows.map { .string($0) }),
      "seeds": .list(table.seeds.map { .integer($0) }),
      "possibleFirst": .list(table.possibleFirst.map { .string(table.rows[$0]) }),
      "habits": .object(effects),
    ])
  }
}
