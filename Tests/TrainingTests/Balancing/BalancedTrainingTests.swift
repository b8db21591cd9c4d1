import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

// Internal: balancerCatalog, the state of sessions.
@testable import Training

/// Some steps of a model with every balancer beside PyTorch: losses and shares of objectives, what counts as shared,
/// and the step of every parameter.
@Suite struct BalancedTrainingTests {
  struct Fixture: Decodable {
    struct Rows: Decodable {
      let ids: [[Int32]]
      let numericals: [[Float]]
      let leaves: [Int32]
      let labels: [[Float]]
      let mask: [[Float]]

      var source: ToyRows {
        var rows = ToyRows(count: 0, seed: 1)
        (rows.ids, rows.numericals, rows.leaves) = (
          ids.flatMap { $0 }, numericals.flatMap { $0 }, leaves
        )
        (rows.labels, rows.mask, rows.groups) = (
          labels.flatMap { $0 }, mask.flatMap { $0 }, nil
        )
        return rows
      }
    }

    struct Case: Decodable, CustomTestStringConvertible {
      let id: String
      let axis: String
      let reduction: String
      let balanced: String
      let taskWeights: [Double]
      let settings: [String: FixtureSetting]
      /// All parameters after the steps, by name.
      let weights: [String: [Double]]

      var testDescription: String { "\(id) of \(axis), \(reduction), \(balanced)" }

      var options: [String: ConfigurationValue] {
        var options: [String: ConfigurationValue] = [
          "lossReduction": .string(reduction),
          "taskWeights": .list(taskWeights.map(ConfigurationValue.number)),
        ]
        guard id != "fixed" else { return options }
        options["balancing"] = FixtureSetting.method(id, settings)
        options["balanceAxis"] = .string(axis)
        options["balancedParameters"] = .string(balanced)
        return options
      }
    }

    let rate: Double
    let stepCount: Int
    let rows: Rows
    let initial: [String: [Float]]
    let cases: [Case]

    static let read = Result {
      try FixtureFolder.decode(Fixture.self, from: "training/balanced-training.json")
    }
  }

  /// The parameters after the steps.
  private func weights(_ fixture: Fixture, _ chosen: Fixture.Case) throws -> [String: [Double]] {
    let rows = fixture.rows.source
    let model = try ToyModel.built(["dropout": .number(0), "size": .integer(2)])
    for parameter in model.store.parameters {
      let values = try #require(fixture.initial[parameter.name])
      parameter.value.assign(Tensor(values, shape: parameter.value.shape))
    }
    let options: [String: ConfigurationValue] = [
      "optimizer": .string("sgd"), "momentum": .number(0),
      "learningRate": .number(fixture.rate), "batchSize": .integer(rows.rowCount),
      "epochs": .integer(fixture.stepCount + 1),
    ]
    let session = try toySession(
      options.merging(chosen.options) { $1 }, model: model, training: rows, validation: rows)
    _ = try session.run(shouldStop: { session.step == fixture.stepCount })
    #expect(session.step == fixture.stepCount)
    return Dictionary(
      uniqueKeysWithValues: model.store.parameters.map {
        ($0.name, $0.value.values.map(Double.init))
      })
  }

  @Test func parametersMoveAsInPyTorch() throws {
    let fixture = try Fixture.read.get()
    for chosen in fixture.cases {
      let found = try weights(fixture, chosen)
      #expect(found.keys.sorted() == chosen.weights.keys.sorted())
      for (name, expected) in chosen.weights {
        expectClose(
          found[name] ?? [], expected, relative: 2e-5, absolute: 2e-5,
          "\(chosen.testDescription): \(name)")
      }
    }
  }

  /// All but `rlw`, whose weights are drawn.
  @Test func everyBalancerHasCases() throws {
    let ids = Set(try Fixture.read.get().cases.map(\.id))
    #expect(ids.union(["rlw"]) == Set(BalancerConformanceTests.ids))
  }
}
