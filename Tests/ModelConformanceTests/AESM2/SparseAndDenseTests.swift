import Configuration
import Layers
import TestKit
import Testing

// Internal: mixed.
@testable import AESM2

/// Dropout is off here: its draws go by the place of a row among an expert's rows, which differs
/// between the two forms.
@Suite("AESM² with experts computed sparsely and densely")
struct SparseAndDenseTests {
  private static let selections: [[String: ConfigurationValue]] = [
    [:], ["exclusiveSets": .bool(true)], ["gateNorm": .bool(true)], ["mask": .string("multiply")],
    ["scenarioSpecificCount": .integer(8), "taskSpecificCount": .integer(8)],
    ["selection": .string("shared-first")], ["selection": .string("top-k")],
    ["selection": .string("random")],
  ]

  @Test(arguments: ExpertNorm.allCases, selections)
  func bothFormsAgreeInOutputsGradientsAndMoments(
    norm: ExpertNorm, selection: [String: ConfigurationValue]
  ) throws {
    for tiny in [TinyProblem.oneLevel, .twoLevels, .oneScenario, .oneTask] {
      let settings = selection.merging(["expertNorm": norm.configuration]) { $1 }
      let models = try ExpertComputation.allCases.map { computation in
        let model = try catalog.entry("aesm2").buildSmall(
          settings.merging(["computation": computation.configuration]) { $1 },
          for: tiny.problem, seed: 1)
        model.shake()
        return model
      }
      let (sparse, dense) = (models[0], models[1])
      let rows = tiny.training.first(80)
      let first = sparse.train(rows)
      let second = dense.train(rows)
      expectClose(first.logits, second.logits, relative: 1e-4, absolute: 1e-4, tiny.name)
      expectClose(Double(first.loss), Double(second.loss), relative: 1e-5)
      for (a, b) in zip(sparse.store.parameters, dense.store.parameters) {
        let largest = b.gradientValues.reduce(0) { max($0, abs($1)) }
        expectClose(
          a.gradientValues.map(Double.init), b.gradientValues.map(Double.init),
          absolute: 1e-3 * Double(largest) + 1e-6, a.name)
      }
      for (a, b) in zip(sparse.store.buffers, dense.store.buffers) {
        expectClose(a.value, b.value, relative: 1e-4, absolute: 1e-5, a.name)
      }
      expectClose(
        sparse.logits(rows), dense.logits(rows), relative: 1e-3, absolute: 1e-3,
        "in evaluation mode")
    }
  }

  /// Selecting every expert is the plain mixture by the own gate's softmax over all experts.
  @Test func everyExpertSelectedIsTheOwnGatesMixture() throws {
    var settings = LayerCase("").settings
    settings.scenarioSpecificCount = 8
    let setup = LayerSetup(settings)
    let network = NaiveNetwork(setup.store)
    let output = setup(.evaluation())
    var expected: [Double] = []
    for (row, z) in rows(setup.z).enumerated() {
      let logits = try network.linear(z + rows(setup.indicator)[row], "layer/gates/weight")
      let own = Int(setup.own[row]) * 8
      expected += try NaiveNetwork.mixture(
        NaiveNetwork.softmax(Array(logits[own..<own + 8])),
        (0..<8).map { try network.perceptron(z, "layer/experts/\($0)") })
    }
    expectClose(
      output.mixed.value.values.map(Double.init), expected, relative: 1e-4, absolute: 1e-5)
  }
}
