import TensorCore
import TestKit
import Testing

@Suite("Gates of every model")
struct GateTests {
  /// What layers show to an observer are weights, which sum to one over the last axis (``Observer``).
  @Test(arguments: ConformanceCase.all)
  func gatesSumToOne(_ model: ConformanceCase) throws {
    let built = try model.build()
    built.shake()
    let rows = model.tiny.training.first(50)
    let observer = Observer()
    _ = built.logits(rows, observer: observer)
    built.train(rows, observer: observer)
    for observation in observer.observations {
      let (name, weights) = (observation.name, observation.value)
      let values = weights.values
      let width = weights.columnCount
      #expect(values.allSatisfy { $0 >= 0 }, "\(name)")
      let sums = stride(from: 0, to: values.count, by: width).map { start in
        values[start..<start + width].reduce(0.0) { $0 + Double($1) }
      }
      expectClose(sums, sums.map { _ in 1 }, absolute: 1e-5, name)
    }
  }

  @Test(arguments: ["mmoe", "ple", "aesm2"])
  func mixturesOfExpertsShowTheirGates(id: String) throws {
    let tiny = TinyProblem.oneLevel
    let built = try catalog.entry(id).buildSmall([:], for: tiny.problem, seed: 1)
    let observer = Observer()
    _ = built.logits(tiny.training.first(50), observer: observer)
    #expect(!observer.observations.isEmpty)
  }
}
