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
    }
    if let ranks = board.testedRanks {
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

  private var tests: [String] {
    guard let ranks = board.testedRanks else { return [] }
    let difference = ranks.criticalDifference()
    let sets = ranks.indistinguishable(within: difference).map { set in
      set.map { board.models[$0] }.joined(separator: ", ")
    }
    var table = TextTable(["p, Nemenyi"] + board.models)
    for (model, row) in zip(board.models, ranks.nemenyiProbabilities) {
      table.add([model] + row.map { Verdict.text(probability: $0) })
    }
    return [
      friedman(ranks) + "\n"
        + "critical difference of average ranks (Nemenyi, .05): \(fixed(difference, digits: 2)); not "
        + "distinguished: \(sets.isEmpty ? "none" : sets.joined(separator: "; "))",
      table.text,
    ]
  }

  /// Friedman's test, by its distribution for many data sets and by random orders.
  private func friedman(_ ranks: RankedBlocks) -> String {
    guard let statistic = ranks.friedmanStatistic, let probability = ranks.friedmanProbability,
      let permutation = ranks.permutationProbability()
    else { return "Friedman: undefined, as all models are tied." }
    func p(_ value: Double) -> String { Verdict.text(probability: value, sign: "= ") }
    return "Friedman: chi-squared = \(fixed(statistic, digits: 2)), p \(p(probability)); by "
      + "permutation: p \(p(permutation))"
  }

  private var notes: [String] {
    let isTested = board.testedRanks != nil
    var notes = [
      "better than: the share of seeds in which the row is better than the column, data sets weighted "
        + "equally, equal values counting half. Average rank: 1 is best"
        + (isTested ? "; interval by drawing data sets (2000 samples, seed 0)." : ".")
    ]
    if isTested {
      notes.append(
        "Data sets are taken to be independent. The chi-squared p-value and Nemenyi's test approximate for "
          + "many data sets (Demšar, 2006, asks for more than ten); the permutation test draws 99,999 orders "
          + "within each data set (seed 0) and holds for few. Nemenyi's p-values are corrected for the number "
          + "of pairs. Tests take the mean of every data set as it is: how seeds and test rows vary is no part "
          + "of them.")
    } else {
      notes.append("No test of ranks and no critical-difference diagram: \(untestedReason)")
    }
    if !board.leftOut.isEmpty {
      notes.append(
        "left out, not being in all results: \(board.leftOut.joined(separator: "; "))")
    }
    return notes
  }

  /// Why ranks are not tested.
  private var untestedReason: String {
    board.blocks.count < Leaderboard.leastTestedCount
      ? "\(board.blocks.count) data sets are fewer than \(Leaderboard.leastTestedCount), and the tests "
        + "rest on approximations for many. Ranks and wins describe these data sets only."
      : "they are for more than two models. Wins describe these data sets only."
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
    if let ranks = board.testedRanks {
      fields["tests"] = .object([
        "friedman": number(ranks.friedmanProbability),
        "permutation": number(ranks.permutationProbability()),
        "criticalDifference": .number(ranks.criticalDifference()),
        "nemenyi": .list(ranks.nemenyiProbabilities.map(numbers)),
        "conover": .list(ranks.conoverProbabilities.map(numbers)),
      ])
    }
    return .object(fields)
  }
}
