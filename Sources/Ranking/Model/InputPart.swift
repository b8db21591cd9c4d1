import Configuration
import TensorCore

/// The columns of the input representation that belong to features with certain roles.
public struct InputPart: Sendable {
  /// The columns, in the order of x.
  public let columns: [Range<Int>]

  /// The number of columns.
  public var size: Int { columns.reduce(0) { $0 + $1.count } }

  /// Returns the columns of the features: `[rows, size]`.
  ///
  /// - x: the output of ``InputLayer``, with rows in any order.
  public func callAsFunction(_ x: Variable) -> Variable { concatenated(columns.map(x.columns)) }
}

extension InputLayer {
  /// Returns the part of x that belongs to features with certain roles.
  ///
  /// The scenario as an ordinary feature has no role.
  ///
  /// - Throws: ``Diagnostic`` if no feature has one of the roles, or if a numerical feature that
  ///   has one is mixed with others (`numericalInput: field`).
  public func part(_ roles: FeatureRole...) throws -> InputPart {
    for role in roles where problem.features(of: role).isEmpty {
      throw Diagnostic(
        "the model needs features with the role '\(role.rawValue)', but no feature of the data has it; "
          + "a schema says so by 'role'")
    }
    func has(_ name: String) -> Bool { problem.roles?[name].map(roles.contains) ?? false }
    let levels = scenarioLevelCount
    let fields = problem.fields.indices.filter { has(problem.fields[$0].name) }
    let bags = problem.bags.indices.filter { has(problem.bags[$0].name) }
    var columns =
      fields.map { embedding.columns(ofField: $0) }
      + bags.map { embedding.columns(ofField: problem.fields.count + levels + $0) }
    for (index, name) in problem.numericals.enumerated() where has(name) {
      guard let own = embedding.columns(ofNumerical: index) else {
        throw Diagnostic(
          "numericalInput is field, which mixes all numerical features, but the model needs "
            + "'\(excerpt(name))' apart, whose role is '\(problem.roles?[name]?.rawValue ?? "")'")
      }
      columns.append(own)
    }
    return InputPart(columns: columns)
  }
}
