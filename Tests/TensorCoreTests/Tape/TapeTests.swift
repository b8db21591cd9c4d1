import TensorCore
import TestKit
import Testing

@Suite struct TapeTests {
  private let parameter = makeParameter(Tensor([2, 3], shape: [2]))

  private func gradient() -> [Float]? {
    guard case .dense(let tensor) = parameter.gradient else { return nil }
    return tensor.values
  }

  private func sumOfSquares(_ x: Variable) -> Variable {
    (x * x).weightedSum(Tensor(repeating: 1, shape: [2]))
  }

  @Test func backwardAddsToGradients() {
    for pass in 1...2 {
      let tape = Tape()
      tape.backward(from: sumOfSquares(ForwardContext.evaluation(tape: tape)(parameter)))
      #expect(gradient() == [Float(pass) * 4, Float(pass) * 6])
    }
  }

  @Test func twoVariablesOfOneParameterShareItsGradient() {
    let tape = Tape()
    let context = ForwardContext.evaluation(tape: tape)
    tape.backward(
      from: (context(parameter) * context(parameter)).weightedSum(Tensor([1, 10], shape: [2])))
    #expect(gradient() == [4, 60])
  }

  @Test func tapeIsEmptyAfterwards() {
    let tape = Tape()
    let loss = sumOfSquares(ForwardContext.evaluation(tape: tape)(parameter))
    tape.backward(from: loss)
    tape.backward(from: loss)
    #expect(gradient() == [4, 6])
  }

  @Test func gradientsOfEveryElementAreThoseOfPassesOfTheirOwn() {
    let tape = Tape()
    let x = ForwardContext.evaluation(tape: tape)(parameter)
    let results = x * x * x
    let gradients = tape.gradients(ofEach: results)
    #expect(gradients.map { $0[parameter].elements } == [[12, 0], [0, 27]])
    #expect(gradient() == nil, "the parameter keeps none")
    tape.backward(from: results.weightedSum(Tensor([1, 1], shape: [2])))
    #expect(gradient() == [12, 27], "the record is still there")
  }

  @Test func gradientsOfRowsStayGradientsOfRows() {
    let store = ParameterStore()
    let table = ParameterScope(store: store, streams: RandomStreams(seed: 1))
      .parameter("table", shape: [4, 1], initializer: .ones, isTable: true)
    let tape = Tape()
    let rows = ForwardContext.evaluation(tape: tape)(table).embedded(ids: [3, 1, 3], fieldCount: 1)
    let gradients = tape.gradients(ofEach: rows.reshaped(to: [3]))
    #expect(gradients.map { $0[table].indices } == Array(repeating: [1, 3], count: 3))
    #expect(gradients[0][table].dot(gradients[2][table]) == 1)
    #expect(gradients[0][table].dot(gradients[1][table]) == 0)
    let dense = ParameterGradient.dense(Tensor([1, 2, 3, 4], shape: [4, 1]))
    #expect(dense.dot(gradients[0][table]) == 4)
    #expect(ParameterGradient.none.dot(dense) == 0)
  }

  @Test func resetForgetsThePass() {
    let tape = Tape()
    let loss = sumOfSquares(ForwardContext.evaluation(tape: tape)(parameter))
    tape.reset()
    tape.backward(from: loss)
    #expect(gradient() == nil)
  }

  @Test func withoutATapeNothingIsDifferentiated() {
    let x = ForwardContext.evaluation()(parameter)
    #expect(!x.needsGradient && !sumOfSquares(x).needsGradient)
    let tape = Tape()
    tape.backward(from: sumOfSquares(x))
    #expect(gradient() == nil)
  }

  @Test func partsThatTheLossDoesNotUseGetNoGradient() {
    let tape = Tape()
    let context = ForwardContext.evaluation(tape: tape)
    let unused = makeParameter(Tensor([1, 1], shape: [2]))
    _ = sumOfSquares(context(unused))
    tape.backward(from: sumOfSquares(context(parameter)))
    guard case .none = unused.gradient else {
      Issue.record("\(unused.gradient)")
      return
    }
  }

  @Test func replayTakesOtherParameters() {
    let tape = Tape(keepsNaiveTwins: true)
    let loss = sumOfSquares(ForwardContext.evaluation(tape: tape)(parameter))
    let replay = NaiveReplay(of: tape)
    #expect(replay.value(of: loss).values == [13])
    let replaced = [parameter.name: NaiveTensor([1, 5], shape: [2])]
    #expect(replay.value(of: loss, replacing: replaced).values == [26])
  }

  @Test func eachUseOfAStreamInAPassIsAnother() {
    let streams = RandomStreams(seed: 1)
    func keys(step: Int) -> [UInt64] {
      let context = ForwardContext.training(tape: Tape(), streams: streams, step: step)
      return [context.stream("a"), context.stream("a"), context.stream("b")].map(\.key)
    }
    #expect(keys(step: 3) == keys(step: 3))
    #expect(Set(keys(step: 3) + keys(step: 4)).count == 6)
  }
}

extension ParameterGradient {
  fileprivate var elements: [Float] {
    if case .dense(let values) = self { values.values } else { [] }
  }
  fileprivate var indices: [Int32] { if case .rows(let rows) = self { rows.indices } else { [] } }
}
