import Configuration
import Layers
import Ranking
import TensorCore
import TestKit
import Testing

@Suite struct InputPartTests {
  /// A user, items and numbers of all roles, and some features without any.
  private static let problem: Problem = {
    var problem = TinyProblem.twoLevels.problem
    problem.roles = [
      "user": .user, "item": .item, "interests": .user, "price": .item, "age": .scenarioPrior,
    ]
    return problem
  }()

  private func layer(
    _ problem: Problem = Self.problem, _ change: (inout InputHyperparameters) -> Void = { _ in }
  ) -> InputLayer {
    var settings = InputHyperparameters()
    settings.embeddingSize = 3
    change(&settings)
    let scope = ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 2))
    return InputLayer(settings, problem: problem, scope: scope)
  }

  /// Changes the features of a role in a row.
  private func changed(_ row: InMemoryRows.Row, _ role: FeatureRole) -> InMemoryRows.Row {
    var row = row
    for (index, field) in Self.problem.fields.enumerated()
    where Self.problem.roles?[field.name] == role {
      row.ids[index] = (row.ids[index] + 1) % Int32(field.vocabularySize)
    }
    for (index, bag) in Self.problem.bags.enumerated() where Self.problem.roles?[bag.name] == role {
      row.bags[index] = row.bags[index] == [1, 2] ? [3] : [1, 2]
    }
    for (index, name) in Self.problem.numericals.enumerated()
    where Self.problem.roles?[name] == role {
      row.numericals[index] += 0.37
    }
    return row
  }

  @Test(arguments: FeatureRole.allCases, [true, false])
  func aPartHasTheColumnsOfItsFeaturesAndNoOthers(role: FeatureRole, scenarioFeature: Bool) throws {
    for encoding in [NumericalEncoding.raw, .periodic] {
      let input = layer {
        $0.scenarioFeature = scenarioFeature
        $0.numericalEncoding = encoding
      }
      let part = try input.part(role)
      let rows = Array(TinyProblem.twoLevels.training.rows.prefix(6))
      func x(_ rows: [InMemoryRows.Row]) -> Variable {
        input(InMemoryRows(problem: Self.problem, rows: rows).all.batch, in: .evaluation())
      }
      let (before, after) = (x(rows), x(rows.map { changed($0, role) }))
      let width = input.outputSize
      let differing = (0..<width).filter { column in
        rows.indices.contains {
          before.value.values[$0 * width + column] != after.value.values[$0 * width + column]
        }
      }
      let own = part.columns.flatMap { Array($0) }
      #expect(Set(differing).isSubset(of: own))
      #expect(part.columns.allSatisfy { !Set($0).isDisjoint(with: differing) })
      #expect(part.size == own.count && part(before).shape == [rows.count, own.count])
      #expect(
        part(before).value.values
          == rows.indices.flatMap { row in own.map { before.value.values[row * width + $0] } })
    }
  }

  @Test func severalRolesMakeUpOnePart() throws {
    let input = layer()
    let (user, item) = (try input.part(.user), try input.part(.item))
    #expect(try input.part(.user, .item).size == user.size + item.size)
    #expect(Self.problem.features(of: .user) == ["user", "interests"])
  }

  @Test func aRoleThatNoFeatureHasIsNamed() {
    var problem = Self.problem
    problem.roles?["age"] = nil
    let error = #expect(throws: Diagnostic.self) {
      try layer(problem).part(.user, .scenarioPrior)
    }
    #expect(
      error?.description
        == "the model needs features with the role 'scenario-prior', but no feature of the data has "
        + "it; a schema says so by 'role'")
  }

  @Test func mixedNumericalsHaveNoColumnsApart() throws {
    let input = layer { $0.numericalInput = .field }
    #expect(try input.part(.user).size == 6)
    let error = #expect(throws: Diagnostic.self) { try input.part(.item) }
    #expect(
      error?.description
        == "numericalInput is field, which mixes all numerical features, but the model needs 'price' "
        + "apart, whose role is 'item'")
  }

  @Test func aRoleOfAnUnknownFeatureIsRefused() throws {
    var problem = Self.problem
    try problem.checkRoles()
    problem.roles?["usr"] = .user
    let error = #expect(throws: Diagnostic.self) { try problem.checkRoles() }
    #expect(
      error?.description.hasPrefix("roles: unknown feature 'usr'; did you mean 'user'?") == true)
  }
}
