import TensorCore
import TestKit
import Testing

/// One suite after the other within: thread counts are a setting of the process.
@Suite("Determinism of every model", .serialized)
struct DeterminismTests {
  @Test(arguments: ConformanceCase.all)
  func theSameSeedGivesTheSameBits(_ model: ConformanceCase) throws {
    let (first, second) = try (trace(model, seed: 3), trace(model, seed: 3))
    #expect(first == second)
  }

  /// But for models that are fitted exactly: nothing about an optimum is random.
  @Test(arguments: ConformanceCase.defaults)
  func anotherSeedGivesOtherBits(_ model: ConformanceCase) throws {
    let (first, second) = try (trace(model, seed: 3), trace(model, seed: 4))
    #expect((first == second) == model.entry.isFittedExactly)
  }

  /// Enough rows for several blocks of every kind of work.
  @Test(arguments: ConformanceCase.on(.oneLevel))
  func anyNumberOfThreadsGivesTheSameBits(_ model: ConformanceCase) throws {
    let many = TinyProblem(
      name: "many rows", problem: model.tiny.problem, rowCounts: (1500, 1, 1))
    let wide = ConformanceCase(entry: model.entry, settings: model.settings, tiny: many)
    defer { Parallelism.use(threadCount: 1) }
    let traces = try [1, 2, 3].map { threads in
      Parallelism.use(threadCount: threads)
      return try trace(wide, seed: 3)
    }
    #expect(traces[1] == traces[0])
    #expect(traces[2] == traces[0])
  }

  /// The bits of weights, running moments and predictions after two steps of training.
  private func trace(_ model: ConformanceCase, seed: UInt64) throws -> [UInt32] {
    let built = try model.build(seed: seed, dropout: 0.2)
    let rows = model.tiny.training.all
    for step in 0..<2 {
      built.train(rows, seed: seed, step: step)
      built.descend(rate: 0.1)
    }
    let state = built.store.parameters.map(\.value) + built.store.buffers.map(\.value)
    return state.flatMap(bits) + bits(built.logits(rows))
  }
}
