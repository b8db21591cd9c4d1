import TensorCore
import Testing

/// What an author reads who hands an operation tensors that do not fit, in release builds too.
@Suite struct MisfitTests {
  @Test func affineNamesTheParameterThatDoesNotFit() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let scope = ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 1))
      let weight = scope["gates"].parameter("weight", shape: [2, 5], initializer: .zeros)
      let x = Variable(Tensor(zeros: [4, 3]))
      _ = x.affine(weight: ForwardContext.evaluation()(weight))
    }
    #expect(
      try text(result).contains(
        "[4, 3] cannot be multiplied by gates/weight [2, 5]: [3, columns] is wanted"))
  }

  @Test func biasIsComparedWithTheWeight() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Variable(Tensor(zeros: [4, 3])).affine(
        weight: Variable(Tensor(zeros: [3, 5])), bias: Variable(Tensor(zeros: [4])))
    }
    #expect(try text(result).contains("a bias of [4] for [3, 5]: [5] is wanted"))
  }

  @Test func arithmeticSaysBothShapes() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Variable(Tensor(zeros: [4, 3])) * Variable(Tensor(zeros: [4, 2]))
    }
    #expect(try text(result).contains("[4, 3] and [4, 2] do not go together"))
  }

  @Test func columnsSayWhichThereAre() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Variable(Tensor(zeros: [4, 3])).columns(2..<4)
    }
    #expect(try text(result).contains("[4, 3] has no columns 2..<4"))
  }

  @Test func concatenationListsAllShapes() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = concatenated([Variable(Tensor(zeros: [4, 3])), Variable(Tensor(zeros: [5, 3]))])
    }
    #expect(try text(result).contains("[4, 3], [5, 3] cannot be set side by side"))
  }

  @Test func twoParametersOfOneNameAreNamed() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let scope = ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 1))
      for _ in 0..<2 { _ = scope["gates"].parameter("weight", shape: [1], initializer: .zeros) }
    }
    #expect(try text(result).contains("two parameters named gates/weight"))
  }

  private func text(_ result: ExitTest.Result?) throws -> String {
    String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
  }
}
