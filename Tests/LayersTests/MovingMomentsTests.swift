import Layers
import TensorCore
import TestKit
import Testing

@Suite struct MovingMomentsTests {
  private let store = ParameterStore()
  private var scope: ParameterScope {
    ParameterScope(store: store, streams: RandomStreams(seed: 1))
  }

  private func training() -> ForwardContext {
    .training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
  }

  private func constants(_ values: [Float], count: Int) -> [Variable] {
    (0..<count).map { _ in Variable(Tensor(values, shape: [values.count])) }
  }

  @Test func epsilonAndMomentumAreThoseGiven() throws {
    let moments = MovingMoments(size: 1, epsilon: 0.5, momentum: 0.25, scopes: [scope["leaf"]])
    let x = Variable(Tensor([1, 2, 3, 6], shape: [4, 1]))
    let (scales, shifts) = (constants([2], count: 1), constants([1], count: 1))
    let y = moments(x, segments: [0..<4], scales: scales, shifts: shifts, in: training()).value
    let deviation = (3.5 + 0.5).squareRoot()
    expectClose(
      y.values.map(Double.init), [1, 2, 3, 6].map { 2 * ($0 - 3) / deviation + 1 }, relative: 1e-6)
    #expect(store.buffers.map(\.name) == ["leaf/runningMean", "leaf/runningVariance"])
    expectClose(Double(store.buffers[0].value.scalar), 0.25 * 3, relative: 1e-6)
    expectClose(
      Double(store.buffers[1].value.scalar), 0.75 + 0.25 * 14 / 3, relative: 1e-6)
    let evaluated = moments(x, segments: [0..<4], scales: scales, shifts: shifts, in: .evaluation())
    let kept = (0.75 + 0.25 * 14 / 3 + 0.5).squareRoot()
    expectClose(
      evaluated.value.values.map(Double.init), [1, 2, 3, 6].map { 2 * ($0 - 0.75) / kept + 1 },
      relative: 1e-6)
  }

  /// Scale and shift as in STAR: products and sums of what is shared and what is a scenario's own.
  @Test(arguments: [true, false])
  func gradientsFlowToTheFactorsOfScales(isTraining: Bool) {
    func parameter(_ name: String, _ shape: [Int]) -> Parameter {
      scope.parameter(name, shape: shape, initializer: .normal(deviation: 1))
    }
    let x = parameter("x", [11, 3])
    let (scale, shift) = (parameter("scale", [3]), parameter("shift", [3]))
    let scales = (0..<2).map { parameter("scale/\($0)", [3]) }
    let shifts = (0..<2).map { parameter("shift/\($0)", [3]) }
    let moments = MovingMoments(size: 3, scopes: (0..<2).map { scope["moments"][$0] })
    checkGradients(store: store, isTraining: isTraining) { context in
      moments(
        context(x), segments: [0..<4, 4..<11], scales: scales.map { context(scale) * context($0) },
        shifts: shifts.map { context(shift) + context($0) }, activation: .tanh, in: context)
    }
  }

  @Test func batchNormIsTheSameWithParametersOfItsOwn() {
    let other = ParameterStore()
    let norm = BatchNorm(
      size: 3, scopes: [ParameterScope(store: other, streams: RandomStreams(seed: 1))])
    let moments = MovingMoments(size: 3, scopes: [scope])
    let x = Variable(Tensor(normal: "x", shape: [9, 3]))
    for context in [training(), .evaluation()] {
      let found = moments(
        x, segments: [0..<9], scales: constants([1, 1, 1], count: 1),
        shifts: constants([0, 0, 0], count: 1), in: context)
      #expect(found.value.values == norm(x, segments: [0..<9], in: context).value.values)
    }
  }
}
