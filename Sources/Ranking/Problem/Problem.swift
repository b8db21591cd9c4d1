import Configuration

/// A prediction problem: the features of a row, the scenarios that rows come from, and the tasks.
///
/// A model is built for a problem and works on every data set that has it.
public struct Problem: Sendable, Equatable, Codable {
  /// The categorical features with exactly one value per row.
  public var fields: [CategoricalField]

  /// The categorical features with any number of values per row.
  public var bags: [CategoricalField]

  /// The names of the numerical features.
  public var numericals: [String]

  /// The scenarios, as a tree.
  public var scenarios: ScenarioTree

  /// The tasks, in the order of label columns.
  public var tasks: [RankingTask]

  /// The roles of features, by feature name; nil if no feature has a role.
  public var roles: [String: FeatureRole]?

  /// Creates a problem.
  public init(
    fields: [CategoricalField], bags: [CategoricalField] = [], numericals: [String] = [],
    scenarios: ScenarioTree, tasks: [RankingTask], roles: [String: FeatureRole] = [:]
  ) {
    self.roles = roles.isEmpty ? nil : roles
    self.fields = fields
    self.bags = bags
    self.numericals = numericals
    self.scenarios = scenarios
    self.tasks = tasks
  }
}

/// A categorical feature whose values are numbered.
public struct CategoricalField: Sendable, Equatable, Codable {
  /// The name of the feature.
  public var name: String

  /// The number of ids; id 0 represents every value that is not in the vocabulary.
  public var vocabularySize: Int

  /// Creates a feature.
  public init(name: String, vocabularySize: Int) {
    self.name = name
    self.vocabularySize = vocabularySize
  }
}

/// One thing to predict: the probability that a binary outcome follows an impression.
public struct RankingTask: Sendable, Equatable, Codable {
  /// The name of the task, as shown in tables.
  public var name: String

  /// The rows that the task is defined on, in words; nil if it is defined on all.
  public var domain: String?

  /// The name of the task that this one follows, or nil: on rows where both are defined, its
  /// outcome can be 1 only if the outcome of the followed task is 1, as a purchase requires a
  /// click.
  ///
  /// See ``TaskChains``.
  public var follows: String?

  /// Creates a task.
  public init(name: String, domain: String? = nil, follows: String? = nil) {
    self.name = name
    self.domain = domain
    self.follows = follows
  }
}

/// The role of a feature, for models that treat such features separately.
public enum FeatureRole: String, Sendable, Codable, CaseIterable {
  /// The user or the query.
  case user
  /// The item.
  case item
  /// Prior knowledge about the scenario, such as its average price, or about the user in it.
  case scenarioPrior = "scenario-prior"
}

extension Problem {
  /// Returns the names of the features with a role: first single-valued, then multi-valued, then
  /// numerical.
  public func features(of role: FeatureRole) -> [String] {
    featureNames.filter { roles?[$0] == role }
  }

  /// Checks that every role belongs to an existing feature.
  ///
  /// - Throws: ``Diagnostic``.
  public func checkRoles() throws {
    let names = featureNames
    for name in (roles ?? [:]).keys.sorted() where !names.contains(name) {
      throw Diagnostic.unknown("feature", name, accepted: names).at("roles")
    }
  }

  private var featureNames: [String] { (fields + bags).map(\.name) + numericals }
}
