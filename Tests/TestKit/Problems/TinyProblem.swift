import Ranking
import TensorCore
import Testing

/// A small problem with rows whose labels can be learned: what tests of models and training run on.
///
/// Rows are drawn from fixed random streams, so every test sees the same ones.
public struct TinyProblem: Sendable, CustomTestStringConvertible {
  /// The name shown beside a parameterised test.
  public let name: String

  /// The problem.
  public let problem: Problem

  /// The rows to train on.
  public let training: InMemoryRows

  /// The rows to choose by.
  public let validation: InMemoryRows

  /// The rows to report on.
  public let test: InMemoryRows

  /// The name, shown beside a parameterised test.
  public var testDescription: String { name }

  /// Creates a problem with 300 training rows and 150 each for validation and test.
  public init(name: String, problem: Problem) {
    self.init(name: name, problem: problem, rowCounts: (300, 150, 150))
  }

  /// Creates a problem with the given numbers of training, validation and test rows.
  public init(name: String, problem: Problem, rowCounts: (Int, Int, Int)) {
    let teacher = TinyTeacher(problem: problem, streams: RandomStreams(seed: 2025))
    self.name = name
    self.problem = problem
    training = teacher.rows("training", count: rowCounts.0)
    validation = teacher.rows("validation", count: rowCounts.1)
    test = teacher.rows("test", count: rowCounts.2)
  }
}

extension TinyProblem {
  /// Three scenarios on one level and two tasks, the second defined only where the first happened;
  /// fields, a bag and numerical features.
  public static let oneLevel = TinyProblem(
    name: "three scenarios, two tasks",
    problem: Problem(
      fields: Self.fields, bags: [CategoricalField(name: "interests", vocabularySize: 7)],
      numericals: ["price", "age"],
      scenarios: ScenarioTree(name: "country", values: ["NL", "FR", "ES"]), tasks: Self.twoTasks,
      roles: Self.roles))

  /// A tree of two levels with five leaves, one card type standing under both entrances; the hour is
  /// prior knowledge of the scenario.
  public static let twoLevels = TinyProblem(
    name: "two levels of scenarios",
    problem: Problem(
      fields: Self.fields, bags: [CategoricalField(name: "interests", vocabularySize: 7)],
      numericals: ["price", "age"],
      scenarios: ScenarioTree(
        levels: [
          ScenarioTree.Level(name: "entrance", values: ["home", "search"]),
          ScenarioTree.Level(name: "card", values: ["item", "video", "live"]),
        ],
        leaves: [[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]]),
      tasks: Self.twoTasks, roles: Self.roles.merging(["hour": .scenarioPrior]) { $1 }))

  /// One scenario, two tasks.
  public static let oneScenario = TinyProblem(
    name: "one scenario",
    problem: Problem(
      fields: Self.fields, numericals: ["price", "age"],
      scenarios: ScenarioTree(name: "country", values: ["NL"]), tasks: Self.twoTasks,
      roles: Self.roles))

  /// Three scenarios, one task.
  public static let oneTask = TinyProblem(
    name: "one task",
    problem: Problem(
      fields: Self.fields, numericals: ["price", "age"],
      scenarios: ScenarioTree(name: "country", values: ["NL", "FR", "ES"]),
      tasks: [RankingTask(name: "click")], roles: Self.roles))

  /// Categorical fields alone: no bag, no numerical feature.
  public static let fieldsOnly = TinyProblem(
    name: "categorical fields only",
    problem: Problem(
      fields: Self.fields, scenarios: ScenarioTree(name: "country", values: ["NL", "FR", "ES"]),
      tasks: Self.twoTasks, roles: Self.roles))

  /// Numerical features alone: no categorical feature.
  public static let numericalsOnly = TinyProblem(
    name: "numerical features only",
    problem: Problem(
      fields: [], numericals: ["price", "age", "distance"],
      scenarios: ScenarioTree(name: "country", values: ["NL", "FR", "ES"]), tasks: Self.twoTasks,
      roles: ["age": .user, "price": .item]))

  /// Three scenarios and two tasks, both defined on all rows; the second can happen only where the first
  /// does.
  public static let followed = TinyProblem(
    name: "a task that follows another",
    problem: Problem(
      fields: Self.fields, numericals: ["price", "age"],
      scenarios: ScenarioTree(name: "country", values: ["NL", "FR", "ES"]),
      tasks: [
        RankingTask(name: "click"), RankingTask(name: "purchase", follows: "click"),
      ], roles: Self.roles))

  /// A chain of three tasks that do not stand in its order, a fourth that follows its first, and one
  /// that follows none.
  public static let chained = TinyProblem(
    name: "a chain of tasks",
    problem: Problem(
      fields: Self.fields, numericals: ["price", "age"],
      scenarios: ScenarioTree(name: "country", values: ["NL", "FR"]),
      tasks: [
        RankingTask(name: "purchase", follows: "cart"), RankingTask(name: "click"),
        RankingTask(name: "cart", follows: "click"), RankingTask(name: "like", follows: "click"),
        RankingTask(name: "skip"),
      ], roles: Self.roles))

  /// Every problem of this kit, for parameterised tests.
  public static let all = [
    oneLevel, twoLevels, oneScenario, oneTask, fieldsOnly, numericalsOnly, followed, chained,
  ]

  private static var fields: [CategoricalField] {
    [
      CategoricalField(name: "user", vocabularySize: 12),
      CategoricalField(name: "item", vocabularySize: 9),
      CategoricalField(name: "hour", vocabularySize: 5),
    ]
  }

  private static var roles: [String: FeatureRole] { ["user": .user, "item": .item] }

  private static var twoTasks: [RankingTask] {
    [RankingTask(name: "click"), RankingTask(name: "purchase", domain: "clicked")]
  }
}
