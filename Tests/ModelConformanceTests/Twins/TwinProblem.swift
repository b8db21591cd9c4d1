import Configuration
import Foundation
import Ranking
import TensorCore
import TestKit

/// A problem with the few rows on which models are compared with their PyTorch twins.
struct TwinProblem: Sendable {
  let name: String
  let rows: InMemoryRows

  var problem: Problem { rows.problem }

  /// One scenario and one task; no multi-valued feature.
  static let single = TwinProblem(
    name: "single",
    problem: Problem(
      fields: fields, numericals: ["price", "age"],
      scenarios: ScenarioTree(name: "country", values: ["NL"]),
      tasks: [RankingTask(name: "click")], roles: roles),
    rowCount: 20)

  /// Two scenarios, and two tasks of which one follows the other.
  static let pair = TwinProblem(
    name: "pair",
    problem: Problem(
      fields: fields, bags: bags, numericals: ["price", "age"],
      scenarios: ScenarioTree(name: "country", values: ["NL", "FR"]),
      tasks: [RankingTask(name: "click"), RankingTask(name: "purchase", follows: "click")],
      roles: roles),
    rowCount: 24)

  /// Five leaves on two levels, and three tasks: one follows another, and one is defined on some rows only.
  ///
  /// No row is from leaf 3, and the task `stay` is undefined on all rows of leaf 1.
  static let tree = TwinProblem(
    name: "tree",
    problem: Problem(
      fields: fields, bags: bags, numericals: ["price", "age"],
      scenarios: ScenarioTree(
        levels: [
          ScenarioTree.Level(name: "entrance", values: ["home", "search"]),
          ScenarioTree.Level(name: "card", values: ["item", "video", "live"]),
        ],
        leaves: [[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]]),
      tasks: [
        RankingTask(name: "click"), RankingTask(name: "stay", domain: "clicked"),
        RankingTask(name: "purchase", follows: "click"),
      ],
      roles: roles.merging(["hour": .scenarioPrior]) { $1 }),
    rowCount: 30
  ) { row in
    guard row.leaf != 3 else { return nil }
    var row = row
    if row.leaf == 1 { row.labels[1] = nil }
    return row
  }

  static let all = [single, pair, tree]

  /// Returns the problem of a name.
  static func named(_ name: String) throws -> TwinProblem {
    guard let problem = all.first(where: { $0.name == name }) else {
      throw Diagnostic.unknown("problem", name, accepted: all.map(\.name))
    }
    return problem
  }

  /// Draws rows, with numerical features that are multiples of 1/64, so that their text is exact.
  private init(
    name: String, problem: Problem, rowCount: Int,
    changing change: (InMemoryRows.Row) -> InMemoryRows.Row? = { $0 }
  ) {
    let drawn = TinyProblem(name: name, problem: problem, rowCounts: (2 * rowCount, 0, 0))
    let rows = drawn.training.rows.compactMap(change).prefix(rowCount).map { row in
      var row = row
      row.numericals = row.numericals.map { ($0 * 64).rounded() / 64 }
      return row
    }
    self.name = name
    self.rows = InMemoryRows(problem: problem, rows: rows)
  }

  /// The problem and its rows, as the twins read them.
  func description() throws -> ConfigurationValue {
    let problem = try JSONEncoder().encode(problem)
    return .object([
      "problem": try ConfigurationValue(json: String(decoding: problem, as: UTF8.self)),
      "rows": .list(
        rows.rows.map { row in
          .object([
            "ids": .list(row.ids.map { .integer(Int($0)) }),
            "bags": .list(row.bags.map { .list($0.map { .integer(Int($0)) }) }),
            "numericals": .list(row.numericals.map { .number(Double($0)) }),
            "leaf": .integer(Int(row.leaf)),
            "labels": .list(row.labels.map { $0.map { .integer(Int($0)) } ?? .null }),
          ])
        }),
    ])
  }

  private static var fields: [CategoricalField] {
    [
      CategoricalField(name: "user", vocabularySize: 5),
      CategoricalField(name: "item", vocabularySize: 4),
      CategoricalField(name: "hour", vocabularySize: 3),
    ]
  }

  private static var bags: [CategoricalField] {
    [CategoricalField(name: "interests", vocabularySize: 4)]
  }

  private static var roles: [String: FeatureRole] { ["user": .user, "item": .item] }
}
