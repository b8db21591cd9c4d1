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
