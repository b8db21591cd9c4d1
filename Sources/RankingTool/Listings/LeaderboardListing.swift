import Configuration
import Experiments
import Training

/// A leaderboard as tables: scores and ranks, wins, and tests of ranks where there are enough data
/// sets.
struct LeaderboardListing {
  private let board: Leaderboard

  init(_ board: Leaderboard) { self.board = board }

  /// The tables.
  var text: String {
    ([scores, wins] + tests + [notes.joined(separator: "\n")]).joined(separator: "\n\n")
  }

  private var scores: String {
    var table = TextTable(["\(board.name)", "seeds"] + board.models)
    for block in board.blocks {
      table.add([block.name, "\(block.seeds.count)"] + block.means.map(fourDigits))
    }
    if let ranks = board.ranks {
      table.add(["average rank", ""] + ranks.averages.map { fixed($0, digits: 2) })
      table.add(
        ["95 % interval", ""]
          + ranks.averageIntervals().map {
            "\(fixed($0.lowerBound, digits: 2)) to \(fixed($0.upperBound, digits: 2))"
          })
    }
    return table.text
  }

  private var wins: String {
    var table = TextTable(["better than"] + board.models)
    for (model, shares) in zip(board.models, board.wins) {
      table.add([model] + shares.map { $0.map { fixed($0, digits: 2) } ?? "-" })
    }
    return table.text
  }

  /// The ranks, if there are enough data sets to test them.
  private var testedRanks: RankedBlocks? {
    board.blocks.count >= Leaderboard.leastTestedCount ? board.ranks : nil
  }

  private var tests: [String] {
    guard let ranks = testedRanks else { return [] }
    func p(_ value: Double?) -> String {
      value.map { "p \(Verdict.text(probability: $0, sign: "= "))" } ?? "undefined"
    }
    let difference = ranks.criticalDifference()
    let sets = ranks.indistinguishable(within: difference).map { set in
      set.map { board.models[$0] }.joined(separator: ", ")
    }
    var table = TextTable(["p, Nemenyi"] + board.models)
    for (model, row) in zip(board.models, ranks.nemenyiProbabilities) {
      table.add([model] + row.map { Verdict.text(probability: $0) })
    }
    return [
      "Friedman: chi-squared = \(fixed(ranks.friedmanStatistic ?? 0, digits: 2)), "
        + "\(p(ranks.friedmanProbability)); Iman-Davenport: \(p(ranks.imanDavenportProbability))\n"
        + "critical difference of average ranks (Nemenyi, .05): \(fixed(difference, digits: 2)); not "
        + "distinguished: \(sets.isEmpty ? "none" : sets.joined(separator: "; "))",
      table.text,
    ]
  }

  private var notes: [String] {
    var notes = [
      "better than: the share of seeds in which the row is better than the column, data sets weighted "
        + "equally, equal values counting half. Average rank: 1 is best; interval by drawing data sets "
        + "(2000 samples, seed 0)."
    ]
    if testedRanks == nil {
      notes.append(
        "No test of ranks and no critical-difference diagram: \(board.blocks.count) data sets are fewer than "
          + "\(Leaderboard.leastTestedCount), and the tests rest on approximations for many. Ranks and wins "
          + "describe these data sets only.")
    }
    if !board.leftOut.isEmpty {
      notes.append(
        "left out, not being in all results: \(board.leftOut.joined(separator: "; "))")
    }
    return notes
  }

  /// The leaderboard in machine-readable form.
  var value: ConfigurationValue {
    func numbers(_ values: [Double]) -> ConfigurationValue { .list(values.map { .number($0) }) }
    func number(_ value: Double?) -> ConfigurationValue {
      value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null
    }
    var fields: [String: ConfigurationValue] = [
      "metric": .string(board.name.description),
      "models": .list(board.models.map { .string($0) }),
      "dataSets": .list(
        board.blocks.map {
          .object([
            "name": .string($0.name), "seeds": .list($0.seeds.map { .integer($0) }),
            "means": numbers($0.means),
          ])
        }),
      "wins": .list(board.wins.map { .list($0.map(number)) }),
    ]
    if let ranks = board.ranks { fields["averageRanks"] = numbers(ranks.averages) }
    if let ranks = testedRanks {
      fields["tests"] = .object([
        "friedman": number(ranks.friedmanProbability),
        "imanDavenport": number(ranks.imanDavenportProbability),
        "criticalDifference": .number(ranks.criticalDifference()),
        "nemenyi": .list(ranks.nemenyiProbabilities.map(numbers)),
        "conover": .list(ranks.conoverProbabilities.map(numbers)),
      ])
    }
    return .object(fields)
  }
}
