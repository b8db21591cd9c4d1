import MessagePassing
import TensorCore
import TestKit
import Testing

/// Batch normalization of rows that are divided among ranks, against that of all rows together.
@Suite struct DividedNormalizationTests {
  /// The rows of every segment on each of three ranks: a segment that one rank lacks, one that a single
  /// rank has, one with a single row, and one without rows.
  private static let counts = [[4, 0, 0, 0], [0, 3, 0, 0], [5, 0, 1, 0]]

  private struct Pass {
    let y, dx, means, variances: [Float]
    let dScales, dShifts: [[Float]]
    let rowCounts: [Int]
  }

  private static let width = 5

  private static func pass(_ x: Tensor, _ dy: Tensor, counts: [Int], ranks: RankGroup?) -> Pass {
    let tape = Tape()
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 3))
    let input = scope.parameter("x", shape: x.shape, initializer: .zeros)
    input.value.assign(x)
    func parameters(_ name: String) -> [Parameter] {
      counts.indices.map {
        scope[name].parameter("\($0)", shape: [width], initializer: .uniform(bound: 1))
      }
    }
    let (scales, shifts) = (parameters("scale"), parameters("shift"))
    let context = ForwardContext.evaluation(tape: tape)
    let (y, means, variances, rowCounts) = context(input).batchNormalized(
      segments: Segments(counts: counts).output, scales: scales.map { context($0) },
      shifts: shifts.map { context($0) }, epsilon: 1e-5, activation: .tanh, ranks: ranks)
    tape.backward(from: y.weightedSum(dy))
    func gradient(_ parameter: Parameter) -> [Float] {
      guard case .dense(let values) = parameter.gradient else {
        return Array(repeating: 0, count: parameter.value.count)
      }
      return values.values
    }
    return Pass(
      y: y.value.values, dx: gradient(input), means: means.values, variances: variances.values,
      dScales: scales.map(gradient), dShifts: shifts.map(gradient), rowCounts: rowCounts)
  }

  @Test func agreesWithThatOfAllRows() throws {
    let counts = Self.counts
    let totals = (0..<4).map { segment in counts.reduce(0) { $0 + $1[segment] } }
    let x = Tensor(normal: "x", shape: [totals.reduce(0, +), Self.width], deviation: 2)
    let dy = Tensor(normal: "dy", shape: x.shape, deviation: 1)
    // The places of a rank's rows among all rows, which are sorted by segment.
    func places(_ rank: Int) -> [Int] {
      (0..<4).flatMap { segment in
        let start = totals[..<segment].reduce(0, +)
        let before = counts[..<rank].reduce(0) { $0 + $1[segment] }
        return (0..<counts[rank][segment]).map { start + before + $0 }
      }
    }
    @Sendable func rows(_ tensor: Tensor, _ places: [Int]) -> Tensor {
      let values = tensor.values
      return Tensor(
        places.flatMap { values[$0 * Self.width..<($0 + 1) * Self.width] },
        shape: [places.count, Self.width])
    }
    let whole = Self.pass(x, dy, counts: totals, ranks: nil)
    let own = (0..<3).map(places)
    let parts = try withRanks(3) { ranks in
      Self.pass(
        rows(x, own[ranks.rank]), rows(dy, own[ranks.rank]), counts: counts[ranks.rank],
        ranks: ranks)
    }
    func expectClose(_ a: [Float], _ b: [Float]) {
      #expect(a.count == b.count)
      for (a, b) in zip(a, b) { #expect(abs(a - b) < 2e-6 * (1 + abs(b)), "\(a) \(b)") }
    }
    for (rank, part) in parts.enumerated() {
      #expect(part.rowCounts == totals)
      expectClose(part.means, whole.means)
      expectClose(part.variances, whole.variances)
      expectClose(part.y, rows(Tensor(whole.y, shape: x.shape), own[rank]).values)
      expectClose(part.dx, rows(Tensor(whole.dx, shape: x.shape), own[rank]).values)
      #expect(part.means == parts[0].means && part.variances == parts[0].variances)
    }
    for segment in 0..<4 {
      for gradients in [\Pass.dScales, \Pass.dShifts] {
        let sum = (0..<Self.width).map { column in
          parts.reduce(0) { $0 + $1[keyPath: gradients][segment][column] }
        }
        expectClose(sum, whole[keyPath: gradients][segment])
      }
    }
  }
}
