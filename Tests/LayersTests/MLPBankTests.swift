import Layers
import TensorCore
import TestKit
import Testing

@Suite("Banks of perceptrons and towers")
struct MLPBankTests {
  private func scope(_ store: ParameterStore) -> ParameterScope {
    ParameterScope(store: store, streams: RandomStreams(seed: 4))
  }

  private func training(_ tape: Tape = Tape(), step: Int = 0) -> ForwardContext {
    .training(tape: tape, streams: RandomStreams(seed: 1), step: step)
  }

  @Test(arguments: [false, true])
  func segmentsEqualSeparateNetworks(normalizes: Bool) {
    let counts = [4, 0, 7]
    let (together, apart) = (ParameterStore(), ParameterStore())
    let bank = MLPBank(
      inputSize: 5, sizes: [6, 3], normalizes: normalizes,
      scopes: (0..<3).map { scope(together)[$0] })
    let single = (0..<3).map {
      MLP(inputSize: 5, sizes: [6, 3], normalizes: normalizes, scope: scope(apart)[$0])
    }
    let x = Variable(Tensor(normal: "x", shape: [11, 5]))
    for context in [training(), ForwardContext.evaluation()] {
      let found = bank(x, segments: Segments(counts: counts), in: context)
      let expected = stackedRows([
        single[0](x.rows((0..<4).map { $0 }), in: context),
        single[2](x.rows((4..<11).map { $0 }), in: context),
      ])
      expectClose(found.value, expected.value, relative: 1e-5, absolute: 1e-6)
    }
  }

  @Test func everyNetworkCanReadAllRows() {
    let store = ParameterStore()
    let bank = MLPBank(inputSize: 5, sizes: [4], scopes: (0..<3).map { scope(store)[$0] })
    let x = Variable(Tensor(normal: "x", shape: [6, 5]))
    let all = bank(x, segments: .all(rowCount: 6, count: 3), in: .evaluation())
    let copies = bank(
      stackedRows([x, x, x]), segments: Segments(counts: [6, 6, 6]), in: .evaluation())
    #expect(all.value.values == copies.value.values)
  }

  @Test func towersGiveOneNumberPerRowFromTheirOwnWeights() {
    let store = ParameterStore()
    let bank = TowerBank(inputSize: 3, sizes: [], scopes: (0..<2).map { scope(store)[$0] })
    let x = Tensor(normal: "x", shape: [5, 3])
    for parameter in store.parameters {
      parameter.value.assign(Tensor(normal: parameter.name, shape: parameter.value.shape))
    }
    let y = bank(Variable(x), segments: Segments(counts: [2, 3]), in: .evaluation()).value
    #expect(y.shape == [5, 1])
    let values = Dictionary(
      uniqueKeysWithValues: store.parameters.map { ($0.name, $0.value.values.map(Double.init)) })
    let expected = (0..<5).map { row -> Double in
      let tower = row < 2 ? 0 : 1
      let bias = values["\(tower)/output/bias"]?[0] ?? .nan
      return (values["\(tower)/output/weight"] ?? []).enumerated().reduce(bias) {
        $0 + $1.1 * Double(x.values[row * 3 + $1.0])
      }
    }
    expectClose(y.values.map(Double.init), expected, relative: 1e-5, absolute: 1e-6)
  }

  @Test func dropoutDiffersBetweenUsesStepsAndLayers() {
    let store = ParameterStore()
    let network = MLP(inputSize: 4, sizes: [50], dropoutRate: 0.5, scope: scope(store)["a"])
    let other = MLP(inputSize: 4, sizes: [50], dropoutRate: 0.5, scope: scope(store)["b"])
    for (own, twin) in zip(store.parameters.prefix(2), store.parameters.suffix(2)) {
      twin.value.assign(own.value)
    }
    let x = Variable(Tensor(normal: "x", shape: [9, 4]))
    let context = training()
    let first = network(x, in: context).value.values
    #expect(first != network(x, in: context).value.values, "the second use")
    #expect(first != other(x, in: context).value.values, "another layer")
    #expect(first != network(x, in: training(step: 1)).value.values, "the next step")
    #expect(first == network(x, in: training()).value.values, "the same step again")
    let whole = network(x, in: .evaluation()).value.values
    for (kept, plain) in zip(first, whole) { #expect(kept == 0 || kept == 2 * plain) }
  }

  @Test(arguments: [false, true])
  func gradientsAgreeWithFiniteDifferences(normalizes: Bool) {
    let store = ParameterStore()
    let x = scope(store).parameter("x", shape: [12, 4], initializer: .normal(deviation: 1))
    let bank = TowerBank(
      inputSize: 4, sizes: [5, 3], activation: .tanh, normalizes: normalizes, dropoutRate: 0.2,
      scopes: (0..<2).map { scope(store)["tower"][$0] })
    checkGradients(store: store) { context in
      bank(context(x), segments: Segments(counts: [5, 7]), in: context)
    }
  }
}
