import TensorCore
import TestKit
import Testing

/// Work is cut by its size alone, so the number of threads changes no bit.
@Suite(.serialized) struct DeterminismTests {
  private static let rowCount = 1500

  /// Returns the bits of the loss and of all gradients of a network with every kind of operation.
  private func bits() -> [UInt32] {
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 6))
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 7), step: 3)
    var stream = RandomStreams(seed: 8)["ids"]
    let ids = (0..<Self.rowCount * 3).map { _ in Int32(stream.integer(below: 700)) }
    func weights(_ name: String, _ shape: [Int]) -> Variable {
      context(scope.parameter(name, shape: shape, initializer: .xavierUniform))
    }

    let table = scope.parameter(
      "table", shape: [700, 16], initializer: .normal(deviation: 1), isTable: true)
    let numericals = Variable(Tensor(normal: "numericals", shape: [Self.rowCount, 150]))
    let x = concatenated([context(table).embedded(ids: ids, fieldCount: 3), numericals])
    let experts = x.affine(
      segments: .all(rowCount: Self.rowCount, count: 2),
      weights: [weights("expert/0", [198, 40]), weights("expert/1", [198, 40])],
      activation: .relu, dropout: Dropout(rate: 0.1, stream: context.stream("dropout/experts")))
    let halves = Segments.all(rowCount: Self.rowCount, count: 2).following.output
    let normal = experts.batchNormalized(
      segments: halves, scales: [weights("scale/0", [40]), weights("scale/1", [40])],
      shifts: [weights("shift/0", [40]), weights("shift/1", [40])], epsilon: 1e-3,
      activation: .tanh, dropout: Dropout(rate: 0.2, stream: context.stream("dropout"))
    ).output
    let gate = x.affine(weight: weights("gate", [198, 2]))
      .addingNoise(deviation: 0.5, using: context.stream("noise")).softmax()
    let positions = (0..<Self.rowCount).flatMap { [Int32($0), Int32($0 + Self.rowCount)] }
    let logits = normal.mixed(by: gate, positions: positions)
      .affine(weight: weights("tower", [40, 2]), activation: .tanh)
    let labels = Tensor(ids.prefix(Self.rowCount * 2).map { Float($0 % 2) }, shape: logits.shape)
    let loss = logits.sigmoidCrossEntropy(
      labels: labels, weights: Tensor(repeating: 1 / Float(Self.rowCount), shape: logits.shape))
    tape.backward(from: loss)

    return loss.value.values.map(\.bitPattern)
      + store.parameters.flatMap { parameter -> [UInt32] in
        switch parameter.gradient {
        case .none: []
        case .dense(let tensor): tensor.values.map(\.bitPattern)
        case .rows(let rows):
          rows.values.values.map(\.bitPattern) + rows.indices.map { UInt32($0) }
        }
      }
  }

  /// Returns the bits of the loss and of all gradients of a network of the arithmetic for authors.
  private func bitsOfArithmetic() -> [UInt32] {
    let (rows, size) = (Self.rowCount, 24)
    let scope = ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 6))
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 7), step: 3)
    let x = context(
      scope.parameter("x", shape: [rows, size], initializer: .normal(deviation: 1)))
    let row = context(scope.parameter("row", shape: [size], initializer: .normal(deviation: 1)))
    let matrices = (x * row).reshaped(to: [rows, 4, 6])
    let scores = matrices.matmul(matrices.transposed()).softmax()
    let mixed = scores.matmul(matrices).reshaped(to: [rows, size])
    let noisy = mixed.addingUniformNoise(in: -1...1, using: context.stream("uniform"))
    let normal =
      (noisy - noisy.mean(over: .rows)).rowNormalized(epsilon: 1e-3) / (row.squared() + 1)
    let scaled = normal * x.logSumExp() + maximum(normal, row).softplus()
    let chosen = scaled.gathered(scaled.value.topColumns(3))
    let logits = productLogit(scaled.sum(over: .columns), chosen.mean(over: .columns))
    let loss = logits.logSigmoid().mean() + logits.smoothStep(width: 9).sum() / 100
    tape.backward(from: loss)
    return loss.value.values.map(\.bitPattern)
      + scope.store.parameters.flatMap { parameter -> [UInt32] in
        guard case .dense(let gradient) = parameter.gradient else { return [] }
        return gradient.values.map(\.bitPattern)
      }
  }

  @Test func numberOfThreadsChangesNoBit() { checkThatThreadsChangeNoBit { bits() } }

  @Test func numberOfThreadsChangesNoBitOfArithmetic() {
    checkThatThreadsChangeNoBit { bitsOfArithmetic() }
  }

  @Test(.needsOneDNN) func numberOfThreadsChangesNoBitInBF16() {
    MatrixPrecision.$current.withValue(.bf16) { checkThatThreadsChangeNoBit { bits() } }
    #expect(MatrixPrecision.$current.withValue(.bf16) { bits() } != bits())
  }

  private func checkThatThreadsChangeNoBit(of bits: () -> [UInt32]) {
    let before = Parallelism.threadCount
    defer { Parallelism.use(threadCount: before) }
    Parallelism.use(threadCount: 1)
    let expected = bits()
    #expect(expected.count > 20_000)
    for threadCount in [1, 2, 3] {
      Parallelism.use(threadCount: threadCount)
      for _ in 0..<3 { #expect(bits() == expected, "\(threadCount) threads") }
    }
  }

  @Test func thereIsAtLeastOneThread() {
    let before = Parallelism.threadCount
    defer { Parallelism.use(threadCount: before) }
    Parallelism.use(threadCount: -4)
    #expect(Parallelism.threadCount == 1)
  }

  @Test func everyBlockIsVisitedOnce() {
    let before = Parallelism.threadCount
    defer { Parallelism.use(threadCount: before) }
    for threadCount in [1, 3] {
      Parallelism.use(threadCount: threadCount)
      for count in [0, 1, 9, 10, 11, 1000] {
        let visits = Tensor(zeros: [max(1, count)])
        parallelFor(count, blockSize: 10) { block in
          #expect(block.lowerBound % 10 == 0 && block.count <= 10)
          for i in block { visits.pointer[i] += 1 }
        }
        #expect(visits.values.prefix(count).allSatisfy { $0 == 1 })
      }
    }
  }
}
