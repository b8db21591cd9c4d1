import Layers
import TensorCore
import TestKit
import Testing

@Suite("Routing of rows to experts")
struct RoutingTests {
  /// Random selections of many sizes, some experts without rows and some rows without experts.
  @Test(arguments: 0..<40)
  func everySelectedPairHasOneSlotInItsExpertsSegment(trial: Int) throws {
    var stream = RandomStreams(seed: 7)["routing/\(trial)"]
    let rowCount = stream.integer(below: 30)
    let expertCount = 1 + stream.integer(below: 9)
    let density = stream.uniform()
    let selected = (0..<rowCount * expertCount).map { _ -> UInt8 in
      stream.uniform() < density ? UInt8(1 + stream.integer(below: 3)) : 0
    }
    let routing = Routing(selected: selected, rowCount: rowCount, expertCount: expertCount)
    let rows = try #require(routing.rows)
    #expect(rows.count == selected.count { $0 != 0 })
    #expect(routing.segments.outputRowCount == rows.count)
    #expect(routing.segments.output.count == expertCount)
    var used = Set<Int32>()
    for row in 0..<rowCount {
      for expert in 0..<expertCount {
        let position = routing.positions[row * expertCount + expert]
        guard selected[row * expertCount + expert] != 0 else {
          #expect(position == -1)
          continue
        }
        #expect(routing.segments.output[expert].contains(Int(position)))
        #expect(rows[Int(position)] == Int32(row))
        #expect(used.insert(position).inserted)
      }
    }
    for segment in routing.segments.output {
      #expect(zip(rows[segment], rows[segment].dropFirst()).allSatisfy { $0 < $1 })
    }
  }

  @Test func denseRoutingSendsEveryRowToEveryExpert() {
    let routing = Routing(denseOver: 3, expertCount: 2)
    #expect(routing.rows == nil)
    #expect(routing.positions == [0, 3, 1, 4, 2, 5])
    #expect(routing.segments.outputRowCount == 6)
  }

  @Test(arguments: ExpertNorm.allCases)
  func sparseAndDenseBanksAgree(norm: ExpertNorm) {
    let selected = (0..<20 * 4).map { UInt8(($0 * 7) % 3 == 0 ? 1 : 0) }
    let results = ExpertComputation.allCases.map { computation -> (Tensor, [Tensor]) in
      let store = ParameterStore()
      let scope = ParameterScope(store: store, streams: RandomStreams(seed: 2))
      let bank = ExpertBank(
        inputSize: 5, sizes: [6, 3], norm: norm, computation: computation,
        scopes: (0..<4).map { scope[$0] })
      let tape = Tape()
      let weights = Variable(Tensor(normal: "weights", shape: [20, 4]))
      let y = bank.mixed(
        Variable(Tensor(normal: "x", shape: [20, 5])), by: weights, selected: selected,
        in: .training(tape: tape, streams: RandomStreams(seed: 1), step: 0))
      tape.backward(from: y.weightedSum(Tensor(normal: "w", shape: [20, 3])))
      let gradients = store.parameters.map { parameter -> Tensor in
        if case .dense(let gradient) = parameter.gradient { return gradient }
        return Tensor(zeros: parameter.value.shape)
      }
      return (y.value, gradients)
    }
    expectClose(results[0].0, results[1].0, relative: 1e-4, absolute: 1e-5)
    for (a, b) in zip(results[0].1, results[1].1) {
      expectClose(a, b, relative: 1e-3, absolute: 1e-4)
    }
  }

  @Test func gatesSumToOneAndKeepToTheirSegments() {
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 2))
    let gates = SoftmaxGates(
      inputSize: 4, gateCount: 2, expertCount: 3, scopes: [scope[0], scope[1]])
    let x = Variable(Tensor(normal: "x", shape: [7, 4]))
    let observer = Observer()
    let tape = Tape()
    let weights = gates(
      x, segments: Segments(counts: [7, 0]),
      in: .training(tape: tape, streams: RandomStreams(seed: 1), step: 0, observer: observer))
    #expect(weights.count == 2 && weights.allSatisfy { $0.shape == [7, 3] })
    #expect(observer.observations.first?.value.shape == [7, 2, 3])
    for weight in weights {
      for row in 0..<7 {
        let sum = weight.value.values[row * 3..<row * 3 + 3].reduce(0, +)
        expectClose(Double(sum), 1, absolute: 1e-6)
      }
    }
    tape.backward(from: weights[0].weightedSum(Tensor(normal: "w", shape: [7, 3])))
    if case .none = store.parameters[1].gradient {} else { Issue.record("rows of segment 0 only") }
    if case .none = store.parameters[0].gradient { Issue.record("segment 0 has rows") }
  }
}
