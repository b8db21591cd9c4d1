import TensorCore
import TestKit
import Testing

// Internal: auxiliaryLosses, callAsFunction.
@testable import AESM2

@Suite("Where the gradients of AESM² flow")
struct GradientFlowTests {
  /// The loss is the sum of the output plus the weighted auxiliary losses; all rows are of gate 0.
  private func gradients(_ settings: AESM2Hyperparameters) throws -> (
    gates: [[Float]], observer: Observer, store: ParameterStore
  ) {
    let setup = LayerSetup(settings)
    let tape = Tape()
    let observer = Observer()
    let own = [Int32](repeating: 0, count: LayerSetup.rowCount)
    let output = setup.layer.output(
      Variable(setup.z), indicator: Variable(setup.indicator), own: own,
      in: .training(tape: tape, streams: RandomStreams(seed: 1), step: 0, observer: observer))
    let sum = output.mixed.weightedSum(Tensor(repeating: 1, shape: output.mixed.shape))
    tape.backward(
      from: output.auxiliaryLosses.reduce(sum) { $0 + $1.value.scaled(by: Float($1.weight)) })
    let weight = try #require(setup.store.parameters.first { $0.name == "layer/gates/weight" })
    let n = settings.scenarioExpertCount
    var gates = [[Float]](repeating: [], count: LayerSetup.gateCount)
    for row in weight.gradientValues.chunked(by: LayerSetup.gateCount * n) {
      for (gate, part) in row.chunked(by: n).enumerated() { gates[gate] += part }
    }
    return (gates, observer, setup.store)
  }

  private func settings(_ change: (inout AESM2Hyperparameters) -> Void) -> AESM2Hyperparameters {
    LayerCase("", change).settings
  }

  @Test(arguments: [(0.0, 0.0), (0.5, 0), (0, 0.5)])
  func otherGatesLearnThroughTheAuxiliaryLossesAlone(specific: Double, shared: Double) throws {
    let result = try gradients(
      settings {
        $0.specificLossWeight = specific
        $0.sharedLossWeight = shared
      })
    #expect(result.gates[0].contains { $0 != 0 })
    for other in result.gates.dropFirst() {
      #expect(other.contains { $0 != 0 } == (specific + shared > 0))
    }
  }

  /// With an activation that never dies, so that a selected expert surely gets gradient.
  @Test func theTaskLossReachesSelectedExpertsAlone() throws {
    let result = try gradients(
      settings {
        $0.scenarioExpertCount = 200
        $0.towers.activation = .tanh
        $0.scenarioSpecificCount = 1
        $0.scenarioSharedCount = 1
        $0.specificLossWeight = 1
        $0.sharedLossWeight = 1
      })
    let weights = try #require(result.observer.observations.first).value
    var selected = Set<Int>()
    for row in rows(weights) { selected.formUnion(row.indices.filter { row[$0] > 0 }) }
    #expect(selected.count < 200)
    for expert in 0..<200 {
      let parts = result.store.parameters.filter { $0.name.hasPrefix("layer/experts/\(expert)/") }
      #expect(parts.contains { !$0.hasZeroGradient } == selected.contains(expert), "\(expert)")
    }
  }

  @Test func auxiliaryLossesReachNoExpert() throws {
    let setup = LayerSetup(settings { $0.noise = 0.5 })
    let tape = Tape()
    let output = setup(.training(tape: tape, streams: RandomStreams(seed: 1), step: 0))
    tape.backward(from: output.auxiliaryLosses[0].value + output.auxiliaryLosses[1].value)
    for parameter in setup.store.parameters {
      #expect(
        parameter.hasZeroGradient == parameter.name.contains("/experts/"), "\(parameter.name)")
    }
  }
}
