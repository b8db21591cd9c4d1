import Layers
import TensorCore
import TestKit
import Testing

@Suite("Batch normalization")
struct BatchNormTests {
  private let store = ParameterStore()

  private func norm(size: Int, segments: Int) -> BatchNorm {
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 1))
    return BatchNorm(size: size, scopes: (0..<segments).map { scope[$0] })
  }

  private func buffer(_ name: String) throws -> [Float] {
    try #require(store.buffers.first { $0.name == name }).value.values
  }

  private func training() -> ForwardContext {
    .training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
  }

  @Test func trainingNormalizesEachSegmentByItsOwnMoments() {
    let norm = norm(size: 3, segments: 2)
    for parameter in store.parameters {
      parameter.value.assign(Tensor(normal: parameter.name, shape: parameter.value.shape))
    }
    let x = Tensor(normal: "x", shape: [12, 3], deviation: 4)
    let segments = [0..<5, 5..<12]
    let y = norm(Variable(x), segments: segments, in: training()).value.values
    var expected = [Double](repeating: 0, count: 36)
    for (segment, rows) in segments.enumerated() {
      let scale = store.parameters[segment].value.values
      let shift = store.parameters[2 + segment].value.values
      for column in 0..<3 {
        let values = rows.map { Double(x.values[$0 * 3 + column]) }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance =
          values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        for (value, row) in zip(values, rows) {
          expected[row * 3 + column] =
            (value - mean) / (variance + 1e-5).squareRoot() * Double(scale[column])
            + Double(shift[column])
        }
      }
    }
    expectClose(y.map(Double.init), expected, relative: 1e-4, absolute: 1e-4)
  }

  /// momentum 0.1 and the unbiased variance, as PyTorch keeps them: 0.9 · old + 0.1 · batch.
  @Test func runningMomentsFollowTheBatchAsInPyTorch() throws {
    let norm = norm(size: 1, segments: 1)
    let x = Variable(Tensor([1, 2, 3, 6], shape: [4, 1]))
    _ = norm(x, segments: [0..<4], in: training())
    expectClose(try buffer("0/runningMean").map(Double.init), [0.3], relative: 1e-6)
    let variance = 0.9 + 0.1 * 14.0 / 3
    expectClose(try buffer("0/runningVariance").map(Double.init), [variance], relative: 1e-6)
    _ = norm(x, segments: [0..<4], in: training())
    expectClose(try buffer("0/runningMean").map(Double.init), [0.57], relative: 1e-6)
    expectClose(
      try buffer("0/runningVariance").map(Double.init), [0.9 * variance + 0.1 * 14.0 / 3],
      relative: 1e-6)
  }

  @Test func evaluationUsesRunningMomentsAndLeavesThem() throws {
    let norm = norm(size: 1, segments: 1)
    let x = Variable(Tensor([1, 2, 3, 6], shape: [4, 1]))
    _ = norm(x, segments: [0..<4], in: training())
    let variance = 0.9 + 0.1 * 14.0 / 3
    let y = norm(x, segments: [0..<4], in: .evaluation()).value.values.map(Double.init)
    expectClose(
      y, [1, 2, 3, 6].map { ($0 - 0.3) / (variance + 1e-5).squareRoot() }, relative: 1e-5)
    expectClose(try buffer("0/runningMean").map(Double.init), [0.3], relative: 1e-6)
  }

  @Test func anEmptySegmentKeepsItsMomentsAndGetsNoGradient() throws {
    let norm = norm(size: 2, segments: 3)
    let x = Tensor(normal: "x", shape: [8, 2])
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 1), step: 0)
    let y = norm(Variable(x), segments: [0..<4, 4..<4, 4..<8], in: context)
    tape.backward(from: y.weightedSum(Tensor(normal: "w", shape: [8, 2])))
    #expect(try buffer("1/runningMean") == [0, 0])
    #expect(try buffer("1/runningVariance") == [1, 1])
    #expect(try buffer("0/runningMean") != [0, 0])
    for parameter in store.parameters {
      var isNone = false
      if case .none = parameter.gradient { isNone = true }
      #expect(isNone == parameter.name.hasPrefix("1/"), "\(parameter.name)")
    }
  }

  @Test func oneRowIsNormalizedToTheShift() throws {
    let norm = norm(size: 2, segments: 1)
    store.parameters[1].value.assign(Tensor([0.25, -3], shape: [2]))
    let y = norm(Variable(Tensor([7, -9], shape: [1, 2])), segments: [0..<1], in: training())
    #expect(y.value.values == [0.25, -3])
    expectClose(try buffer("0/runningVariance").map(Double.init), [0.9, 0.9], relative: 1e-6)
  }

  @Test(arguments: [true, false])
  func gradientsAgreeWithFiniteDifferences(isTraining: Bool) {
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 1))
    let x = scope.parameter("x", shape: [11, 3], initializer: .normal(deviation: 2))
    let norm = norm(size: 3, segments: 2)
    checkGradients(store: store, isTraining: isTraining) { context in
      norm(context(x), segments: [0..<4, 4..<11], in: context)
    }
  }
}
