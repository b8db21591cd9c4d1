import TensorCore
import TestKit
import Testing

@Suite struct OperationCountTests {
  private let store = ParameterStore()

  private func parameter(_ name: String, _ shape: [Int]) -> Parameter {
    ParameterScope(store: store, streams: RandomStreams(seed: 1))
      .parameter(name, shape: shape, initializer: .normal(deviation: 1))
  }

  private func input(_ shape: [Int]) -> Variable { Variable(Tensor(normal: "x", shape: shape)) }

  private func training(_ tape: Tape, frozen: [Parameter] = []) -> ForwardContext {
    .training(tape: tape, streams: RandomStreams(seed: 1), at: TrainingMoment(), frozen: frozen)
  }

  @Test func affineMapCountsTwoPerMultiplicationAndAdditionOneForBiasAndOneForActivation() {
    let (weight, bias) = (parameter("weight", [5, 3]), parameter("bias", [3]))
    let tape = Tape()
    let context = training(tape)
    let y = input([7, 5]).affine(
      weight: context(weight), bias: context(bias), activation: .relu)
    #expect(tape.forwardOperations == OperationCount(products: 2 * 7 * 5 * 3, others: 2 * 7 * 3))
    #expect(tape.backwardOperations == OperationCount())
    tape.backward(from: y.sum())
    // The gradient of the weight, but none of the input, which is a constant; those of the bias and
    // of the activation; the sum costs its forward pass only.
    #expect(tape.forwardOperations.others == 2 * 7 * 3 + 7 * 3)
    #expect(tape.backwardOperations == OperationCount(products: 2 * 7 * 5 * 3, others: 2 * 7 * 3))
  }

  @Test func hiddenLayerCountsTheGradientOfItsInputToo() {
    let (first, second) = (parameter("first", [5, 4]), parameter("second", [4, 3]))
    let tape = Tape()
    let context = training(tape)
    let y = input([7, 5]).affine(weight: context(first)).affine(weight: context(second))
    tape.backward(from: y.sum())
    #expect(tape.forwardOperations.products == 2 * 7 * (5 * 4 + 4 * 3))
    #expect(tape.backwardOperations.products == 2 * 7 * (5 * 4 + 2 * 4 * 3))
  }

  @Test func onlyRoutedRowsCount() {
    let weights = (0..<3).map { parameter("expert/\($0)", [5, 2]) }
    let tape = Tape()
    let context = training(tape)
    let segments = Segments(counts: [4, 0, 2])
    let y = input([6, 5]).affine(segments: segments, weights: weights.map { context($0) })
    tape.backward(from: y.sum())
    #expect(tape.forwardOperations.products == 2 * 6 * 5 * 2)
    #expect(tape.backwardOperations.products == 2 * 6 * 5 * 2)
  }

  @Test func frozenAndDetachedPartsCountForwardAlone() {
    let (weight, gate) = (parameter("weight", [5, 4]), parameter("gate", [4, 3]))
    let tape = Tape()
    let context = training(tape, frozen: [weight])
    let hidden = input([7, 5]).affine(weight: context(weight))
    let y = hidden.affine(weight: context(gate)).detached() + input([7, 3])
    #expect(tape.forwardOperations == OperationCount(products: 2 * 7 * (20 + 12), others: 21))
    tape.backward(from: y.sum())
    #expect(tape.backwardOperations == OperationCount())
  }

  @Test func batchOfMatricesCountsEveryProduct() {
    let (a, b) = (parameter("a", [6, 2, 5]), parameter("b", [6, 5, 3]))
    let tape = Tape()
    let context = training(tape)
    tape.backward(from: context(a).matmul(context(b)).sum())
    #expect(tape.forwardOperations.products == 2 * 6 * 2 * 5 * 3)
    #expect(tape.backwardOperations.products == 2 * 2 * 6 * 2 * 5 * 3)
  }

  @Test func movingNumbersCountsNothing() {
    let tape = Tape()
    let x = training(tape)(parameter("x", [6, 4]))
    let y = concatenated([x.columns(0..<2), x.reshaped(to: [6, 4]).rows([5, 4, 3, 2, 1, 0])])
      .transposed().expanded(to: [6, 6])
    #expect(y.shape == [6, 6] && tape.forwardOperations == OperationCount())
  }

  @Test func lookupsCountTheSumsOfTheirGradientsAlone() {
    let table = parameter("table", [9, 4])
    let tape = Tape()
    let y = training(tape)(table).embedded(ids: [1, 2, 3, 1, 1, 1], fieldCount: 2)
    tape.backward(from: y.sum())
    #expect(tape.forwardOperations.others == 24)
    #expect(tape.backwardOperations.others == 24)
  }

  @Test func everyBackwardPassCounts() {
    let weight = parameter("weight", [5, 3])
    let tape = Tape()
    let y = input([7, 5]).affine(weight: training(tape)(weight))
    let sums = y.sum(over: .rows)
    _ = tape.gradients(ofEach: sums)
    #expect(tape.backwardOperations.products == 3 * 2 * 7 * 5 * 3)
  }

  @Test func operationOfItsOwnCountsOnePerElementUnlessItSaysOtherwise() {
    let tape = Tape()
    let x = training(tape)(parameter("x", [4, 2]))
    func doubled(_ cost: OperationCost?) -> Variable {
      record(
        x.value, from: [x], cost: cost, naive: { $0[0] }, backward: { x.accumulate($0) })
    }
    _ = doubled(nil)
    #expect(tape.forwardOperations == OperationCount(others: 8))
    _ = doubled(
      OperationCost(forward: OperationCount(products: 5), backward: OperationCount(products: 3)))
    #expect(tape.forwardOperations == OperationCount(products: 5, others: 8))
  }

  @Test func constantsAloneCountNothing() {
    let tape = Tape()
    _ = training(tape)(parameter("x", [4, 2]))
    _ = input([4, 2]) * input([4, 2])
    #expect(tape.forwardOperations == OperationCount())
  }
}
