import TensorCore
import TestKit
import Testing

@Suite struct UpdatesDuringBackwardTests {
  /// Keeps the gradients that it is given instead of changing anything.
  private final class Collector: UpdatesDuringBackward {
    private var gradients: [String: Tensor] = [:]
    /// Parameters in the order in which their gradients became final.
    private(set) var finished: [String] = []

    func gradientIsFinal(of parameter: Parameter) { finished.append(parameter.name) }

    func update(of parameter: Parameter) -> BlockUpdate? {
      let gradient = Tensor(repeating: .nan, shape: parameter.value.shape)
      gradients[parameter.name] = gradient
      return { range, block in
        (gradient.pointer + range.lowerBound).update(from: block, count: range.count)
      }
    }

    func gradient(of parameter: Parameter) -> Tensor? { gradients[parameter.name] }
  }

  private let store = ParameterStore()
  private let x = Variable(Tensor(normal: "x", shape: [700, 1100]))

  private func makeWeight(_ name: String) -> Parameter {
    ParameterScope(store: store, streams: RandomStreams(seed: 1))
      .parameter(name, shape: [1100, 3], initializer: .xavierUniform)
  }

  private func dense(_ parameter: Parameter) -> Tensor? {
    guard case .dense(let gradient) = parameter.gradient else { return nil }
    return gradient
  }

  private func backward(
    _ weights: [Parameter], segments: Segments, updating collector: Collector? = nil
  ) {
    let tape = Tape()
    let context = ForwardContext.evaluation(tape: tape)
    let y = x.affine(segments: segments, weights: weights.map { context($0) }, activation: .tanh)
    tape.backward(
      from: (y * y).weightedSum(Tensor(repeating: 1, shape: y.shape)), updating: collector)
  }

  @Test func givesEveryElementItsWholeGradientAndKeepsNone() throws {
    let weights = [makeWeight("first"), makeWeight("second")]
    let segments = Segments(counts: [600, 100])
    let collector = Collector()
    backward(weights, segments: segments, updating: collector)
    for weight in weights { #expect(dense(weight) == nil) }
    backward(weights, segments: segments)
    for weight in weights {
      #expect(try #require(collector.gradient(of: weight)).values == dense(weight)?.values)
    }
  }

  @Test func lastOfSeveralReadersGivesTheSum() throws {
    let weight = makeWeight("read twice")
    func backward(updating collector: Collector?) {
      let tape = Tape()
      let context = ForwardContext.evaluation(tape: tape)
      let y =
        x.affine(weight: context(weight), activation: .tanh)
        + x.affine(weight: context(weight), activation: .sigmoid)
      tape.backward(
        from: (y * y).weightedSum(Tensor(repeating: 1, shape: y.shape)), updating: collector)
    }
    let collector = Collector()
    backward(updating: collector)
    #expect(dense(weight) == nil)
    backward(updating: nil)
    #expect(try #require(collector.gradient(of: weight)).values == dense(weight)?.values)
  }

  @Test func parameterThatOneOperationReadsTwiceWaits() {
    let weight = makeWeight("shared")
    let collector = Collector()
    backward([weight, weight], segments: Segments(counts: [300, 400]), updating: collector)
    #expect(collector.gradient(of: weight) == nil)
    #expect(dense(weight) != nil)
  }

  @Test func weightOfNoRowsIsNotAskedFor() {
    let weights = [makeWeight("empty"), makeWeight("full")]
    let collector = Collector()
    backward(weights, segments: Segments(counts: [0, 700]), updating: collector)
    #expect(collector.gradient(of: weights[0]) == nil)
    #expect(collector.gradient(of: weights[1]) != nil)
  }

  @Test func gradientIsFinalAfterTheFirstReaderOnce() {
    let (first, last) = (makeWeight("first"), makeWeight("last"))
    let (unread, empty) = (makeWeight("unread"), makeWeight("empty"))
    let tape = Tape()
    let context = ForwardContext.evaluation(tape: tape)
    let shared = x.affine(weight: context(first))
    let y =
      shared
      + x.affine(segments: Segments(counts: [0, 700]), weights: [context(empty), context(last)])
    let collector = Collector()
    _ = context(unread)
    let z = y + x.affine(weight: context(last))
    tape.backward(
      from: z.weightedSum(Tensor(repeating: 1, shape: z.shape)), updating: collector)
    #expect(collector.finished == ["empty", "last", "first"])
  }

  @Test func nextPassOfTheSameTapeUpdatesNothingUnasked() {
    let weight = makeWeight("again")
    let tape = Tape()
    let context = ForwardContext.evaluation(tape: tape)
    let collector = Collector()
    for updates in [collector, nil] {
      let y = x.affine(weight: context(weight))
      tape.backward(from: y.weightedSum(Tensor(repeating: 1, shape: y.shape)), updating: updates)
      #expect((dense(weight) == nil) == (updates != nil))
    }
  }
}
