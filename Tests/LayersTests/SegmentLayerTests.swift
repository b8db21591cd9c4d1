import Layers
import TensorCore
import TestKit
import Testing

/// Layers with one set of parameters per segment of rows, the second of which is empty.
@Suite struct SegmentLayerTests {
  private let store = ParameterStore()
  private let segments = Segments(counts: [3, 0, 4])
  private var scope: ParameterScope {
    ParameterScope(store: store, streams: RandomStreams(seed: 1))
  }
  private var scopes: [ParameterScope] { (0..<3).map { scope["layer"][$0] } }

  private func input(_ shape: [Int]) -> Parameter {
    scope.parameter("x", shape: shape, initializer: .normal(deviation: 1))
  }

  @Test func rowsAreScaledAndShiftedBySegment() {
    let x = Variable(Tensor(normal: "x", shape: [7, 2]))
    let scales = [[2, 3], [0, 0], [-1, 0.5]].map { Variable(Tensor($0, shape: [2])) }
    let shifts = [[1, 0], [9, 9], [0, -4]].map { Variable(Tensor($0, shape: [2])) }
    let y = x.scaled(segments: segments.output, scales: scales, shifts: shifts)
    let expected = x.value.values.enumerated().map { cell, value in
      let (segment, column) = (cell < 6 ? 0 : 2, cell % 2)
      return scales[segment].value.values[column] * value + shifts[segment].value.values[column]
    }
    expectClose(y.value, Tensor(expected, shape: [7, 2]), relative: 1e-6, absolute: 1e-6)
  }

  @Test func scaledRowsAgreeWithFiniteDifferences() {
    let x = input([7, 2])
    let scales = scopes.map { $0.parameter("scale", shape: [2], initializer: .ones) }
    let shifts = scopes.map { $0.parameter("shift", shape: [2], initializer: .zeros) }
    checkGradients(store: store) { context in
      context(x).scaled(
        segments: segments.output, scales: scales.map { context($0) },
        shifts: shifts.map { context($0) }, activation: .tanh)
    }
  }

  @Test func bankOfOneLayerNormIsLayerNorm() {
    let bank = LayerNormBank(size: 4, scopes: [scope["bank"]])
    let norm = LayerNorm(size: 4, scope: scope["norm"])
    let x = Variable(Tensor(normal: "x", shape: [5, 4], deviation: 3))
    expectClose(
      bank(x, segments: [0..<5], in: .evaluation()).value, norm(x, in: .evaluation()).value,
      relative: 1e-6, absolute: 1e-6)
  }

  @Test func bankOfLayerNormsAgreesWithFiniteDifferences() {
    let x = input([7, 4])
    let bank = LayerNormBank(size: 4, scopes: scopes)
    checkGradients(store: store) {
      bank($0(x), segments: segments.output, activation: .tanh, in: $0)
    }
  }

  /// Every gate may also read all rows.
  @Test(arguments: [[], [5, 3]]) func gatesMayReadTheSameRows(hiddenSizes: [Int]) {
    let gates = SoftmaxGates(
      inputSize: 4, gateCount: 1, expertCount: 6, hiddenSizes: hiddenSizes, scopes: scopes)
    let x = Variable(Tensor(normal: "x", shape: [7, 4]))
    let own = gates(x, segments: segments, in: .evaluation())[0].value
    let all = gates(x, segments: .all(rowCount: 7, count: 3), in: .evaluation())[0].value
    #expect(own.shape == [7, 6] && all.shape == [21, 6])
    for weights in [own, all] {
      let sums = (0..<weights.rowCount).map { row in
        weights.values[row * 6..<(row + 1) * 6].reduce(0.0) { $0 + Double($1) }
      }
      expectClose(sums, sums.map { _ in 1 }, absolute: 1e-6)
    }
    #expect(Array(own.values.prefix(18)) == Array(all.values.prefix(18)))
    #expect(Array(own.values.suffix(24)) == Array(all.values.suffix(24)))
  }

  @Test func gatesWithHiddenLayersAgreeWithFiniteDifferences() {
    let x = input([7, 4])
    let gates = SoftmaxGates(
      inputSize: 4, gateCount: 1, expertCount: 3, hiddenSizes: [3], hasBias: true, scopes: scopes)
    checkGradients(store: store) {
      gates($0(x), segments: .all(rowCount: 7, count: 3), in: $0)[0]
    }
  }

  @Test func generatedBiasAgreesWithFiniteDifferencesAndIsAdded() {
    let x = input([6, 5])
    let condition = scope.parameter(
      "condition", shape: [6, 3], initializer: .normal(deviation: 1))
    let map = GeneratedAffine(
      inputSize: 5, outputSize: 4, conditionSize: 3, rank: 2, generatesBias: true,
      scope: scope["map"])
    checkGradients(store: store) { map($0(x), condition: $0(condition), in: $0) }
    let bias = store.parameters.first { $0.name == "map/biasGenerator/weight" }
    let zeros = Variable(Tensor(zeros: [6, 5]))
    let y = map(zeros, condition: Variable(condition.value), in: .evaluation())
    let expected = bias.map { Variable(condition.value).matmul(Variable($0.value)).value }
    expectClose(y.value, expected ?? Tensor(zeros: []), relative: 1e-5, absolute: 1e-6)
  }
}
