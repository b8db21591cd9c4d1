import Layers
import TensorCore
import Testing

@Suite struct LayerMisfitTests {
  /// The layer's parameter says which layer it is.
  @Test func inputOfAnotherWidthIsSaidWithTheParameterOfTheLayer() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let scope = ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 1))
      let bottom = MLPBank(inputSize: 3, sizes: [5], scopes: [scope["bottom"]])
      let context = ForwardContext.training(
        tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
      _ = bottom(Variable(Tensor(zeros: [4, 2])), segments: Segments(counts: [4]), in: context)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("[4, 2] cannot be multiplied by bottom/layer0/weight [3, 5]"))
  }

  @Test func attentionSaysTheShapeThatItWants() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let scope = ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 1))
      let attention = MultiHeadAttention(inputSize: 3, size: 4, headCount: 2, scope: scope)
      _ = attention(Variable(Tensor(zeros: [4, 3])), in: .evaluation())
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("attention in [4, 3]: [rows, length, columns] is wanted"))
  }
}
