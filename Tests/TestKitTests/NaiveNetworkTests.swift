import Configuration
import TensorCore
import TestKit
import Testing

/// What the author of a naive reference reads who names or feeds a weight wrongly.
@Suite struct NaiveNetworkTests {
  private func network() -> NaiveNetwork {
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 1))
    _ = scope["gates"].parameter("weight", shape: [2, 3], initializer: .ones)
    return NaiveNetwork(store)
  }

  @Test func productIsTheOneOfTheNamedMatrix() throws {
    #expect(try network().linear([1, 2], "gates/weight") == [3, 3, 3])
  }

  @Test func misspeltNameIsRefusedWithTheNearest() {
    let error = #expect(throws: Diagnostic.self) {
      try network().linear([1, 2], "gate/weight")
    }
    #expect(
      error?.description.hasPrefix(
        "unknown parameter 'gate/weight'; did you mean 'gates/weight'?") == true)
  }

  @Test func vectorOfAnotherSizeIsRefusedWithTheShape() {
    let error = #expect(throws: NaiveNetwork.Misfit.self) {
      try network().linear([1, 2, 3], "gates/weight")
    }
    #expect(error?.description == "gates/weight is [2, 3], the vector has 3 elements")
  }

  @Test func rowThatIsNotThereIsRefused() {
    let error = #expect(throws: NaiveNetwork.Misfit.self) {
      try network().row(2, of: "gates/weight")
    }
    #expect(error?.description == "gates/weight is [2, 3] and has no row 2")
  }
}
