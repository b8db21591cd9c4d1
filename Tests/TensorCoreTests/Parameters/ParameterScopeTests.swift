import TensorCore
import TestKit
import Testing

@Suite struct ParameterScopeTests {
  private let store = ParameterStore()
  private var root: ParameterScope {
    ParameterScope(store: store, streams: RandomStreams(seed: 1))
  }

  @Test func namesArePaths() {
    _ = root.parameter("bias", shape: [2], initializer: .zeros, decays: false)
    _ = root["experts"][3]["layer0"].parameter(
      "weight", shape: [2, 3], initializer: .xavierUniform)
    _ = root["norm"].buffer("mean", shape: [4], repeating: 0.5)
    #expect(store.parameters.map(\.name) == ["bias", "experts/3/layer0/weight"])
    #expect(store.parameters.map(\.decays) == [false, true])
    #expect(store.parameterCount == 8)
    #expect(store.buffers.map(\.name) == ["norm/mean"])
    #expect(store.buffers[0].value.values == [0.5, 0.5, 0.5, 0.5])
    #expect(root["a"][1].path == "a/1")
    #expect(root.path == "")
  }

  @Test func privacyIsHandedDown() {
    let tower = root["tower"].private(toScenario: 2)
    let inside = tower["layer0"].parameter("weight", shape: [1], initializer: .zeros)
    let outside = root["tower"].parameter("gate", shape: [1], initializer: .zeros)
    #expect(inside.scenario == 2)
    #expect(inside.name == "tower/layer0/weight")
    #expect(outside.scenario == nil)
  }

  @Test func initialValuesDependOnThePathAlone() {
    let wanted = root["b"].parameter("weight", shape: [4, 4], initializer: .normal(deviation: 1))
    let other = ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 1))
    let sibling = other["a"].parameter("weight", shape: [4, 4], initializer: .normal(deviation: 1))
    let again = other["b"].parameter("weight", shape: [4, 4], initializer: .normal(deviation: 1))
    #expect(again.value.values == wanted.value.values)
    #expect(sibling.value.values != wanted.value.values)
    let otherSeed = ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 2))
    let different = otherSeed["b"].parameter(
      "weight", shape: [4, 4], initializer: .normal(deviation: 1))
    #expect(different.value.values != wanted.value.values)
  }

  @Test func clearingForgetsAllGradients() {
    let weight = root.parameter("weight", shape: [2], initializer: .zeros)
    weight.accumulate(Tensor([1, 2], shape: [2]))
    store.clearGradients()
    guard case .none = weight.gradient else {
      Issue.record("\(weight.gradient)")
      return
    }
  }
}
