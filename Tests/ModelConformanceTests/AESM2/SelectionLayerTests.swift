import Layers
import Ranking
import TensorCore
import TestKit
import Testing

// Internal: SelectionLayer.
@testable import AESM2

/// A setting of one layer, for comparison with the naive reference.
struct LayerCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let step: Int
  let settings: AESM2Hyperparameters

  init(_ name: String, step: Int = 0, _ change: (inout AESM2Hyperparameters) -> Void = { _ in }) {
    testDescription = name
    self.step = step
    var settings = AESM2Hyperparameters()
    settings.expertSizes = [6, 5]
    settings.noise = 0
    change(&settings)
    self.settings = settings
  }

  static let all = [
    LayerCase("defaults without noise"),
    LayerCase("noise") { $0.noise = 0.7 },
    LayerCase("noise after one half-life", step: 10) {
      $0.noise = 2
      $0.noiseHalfLife = 10
    },
    LayerCase("noisy mixing") {
      $0.noise = 0.7
      $0.noisyMixing = true
    },
    LayerCase("exclusive sets") { $0.exclusiveSets = true },
    LayerCase("overlap scale") { $0.overlapScale = 2 },
    LayerCase("dense computation") { $0.computation = .dense },
    LayerCase("the authors' mask and overlap") {
      $0.mask = .multiply
      $0.overlapScale = 2
    },
    LayerCase("specific only") { $0.scenarioSharedCount = 0 },
    LayerCase("shared only") { $0.scenarioSpecificCount = 0 },
    LayerCase("every expert") {
      $0.scenarioSpecificCount = 8
      $0.scenarioSharedCount = 8
    },
  ]
}

/// One layer on its own, with inputs.
struct LayerSetup {
  static let (gateCount, rowCount, inputSize, indicatorSize) = (3, 60, 7, 4)

  let store = ParameterStore()
  let layer: SelectionLayer
  let naive: NaiveSelectionLayer
  let z = Tensor(normal: "z", shape: [rowCount, inputSize])
  let indicator = Tensor(normal: "indicator", shape: [rowCount, indicatorSize])
  let own = (0..<rowCount).map { Int32($0 % gateCount) }

  init(_ settings: AESM2Hyperparameters) {
    let sizes = SelectionLayer.Sizes(
      gateCount: Self.gateCount, expertCount: settings.scenarioExpertCount,
      specificCount: settings.scenarioSpecificCount, sharedCount: settings.scenarioSharedCount)
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 5))
    layer = SelectionLayer(
      settings, sizes: sizes, inputSize: Self.inputSize, indicatorSize: Self.indicatorSize,
      scope: scope["layer"])
    for parameter in store.parameters {
      let noise = Tensor(normal: parameter.name, shape: parameter.value.shape, deviation: 0.3)
      parameter.value.assign(
        Tensor(zip(parameter.value.values, noise.values).map(+), shape: noise.shape))
    }
    naive = NaiveSelectionLayer(
      network: NaiveNetwork(store), path: "layer", settings: settings,
      gateCount: sizes.gateCount, expertCount: sizes.expertCount,
      specificCount: sizes.specificCount, sharedCount: sizes.sharedCount)
  }

  func callAsFunction(_ context: ForwardContext) -> LayerOutput {
    layer.output(Variable(z), indicator: Variable(indicator), own: own, in: context)
  }

  func reference(noise: [[[Double]]]? = nil) throws -> NaiveSelectionLayer.Output {
    try naive(rows(z), indicator: rows(indicator), own: own.map(Int.init), noise: noise)
  }
}

/// The output of a layer for a single pass.
struct LayerOutput {
  let mixed: Variable
  let auxiliaryLosses: [Predictions.AuxiliaryLoss]
  let balanceLoss: Predictions.AuxiliaryLoss?
}

extension SelectionLayer {
  /// Lets rows pass through the layer together.
  ///
  /// - Parameter ids: The ids of every row's features, row-major.
  func output(
    _ z: Variable, indicator: Variable, own: [Int32], ids: [Int32] = [], in context: ForwardContext
  ) -> LayerOutput {
    let output = self([.init(z: z, indicator: indicator, own: own, ids: ids)], in: context)
    return LayerOutput(
      mixed: output.mixed[0], auxiliaryLosses: output.auxiliaryLosses[0],
      balanceLoss: output.balanceLoss)
  }
}

@Suite("The selection layer of AESM²")
struct SelectionLayerTests {
  @Test(arguments: LayerCase.all)
  func outputAndLossesAreThoseOfTheNaiveReference(_ layer: LayerCase) throws {
    let setup = LayerSetup(layer.settings)
    let streams = RandomStreams(seed: 9)
    let observer = Observer()
    let context = ForwardContext.training(
      tape: Tape(), streams: streams, step: layer.step, observer: observer)
    let output = setup(context)

    // The same streams draw the same noise again, here with the deviation that is expected.
    let halved = layer.settings.noiseHalfLife > 0 ? 0.5 : 1
    let shape = [LayerSetup.rowCount, LayerSetup.gateCount, layer.settings.scenarioExpertCount]
    let again = ForwardContext.training(tape: Tape(), streams: streams, step: layer.step)
    let noise = Variable(Tensor(zeros: shape)).addingNoise(
      deviation: Float(layer.settings.noise * halved), using: again.stream("noise/layer"))
    let expected = try setup.reference(
      noise: rows(noise.value.reshaped(to: [shape[0] * shape[1], shape[2]]))
        .chunked(by: shape[1]))

    let weights = try #require(observer.observations.first).value
    expectClose(
      weights.values.map(Double.init), expected.weights.flatMap { $0 }, absolute: 1e-4, "weights")
    expectClose(
      output.mixed.value.values.map(Double.init), expected.mixed.flatMap { $0 }, relative: 1e-4,
      absolute: 1e-4, "output")
    var losses: [Double] = []
    if layer.settings.scenarioSpecificCount > 0 { losses.append(expected.specificLoss) }
    if layer.settings.scenarioSharedCount > 0 { losses.append(expected.sharedLoss) }
    expectClose(
      output.auxiliaryLosses.map { Double($0.value.value.scalar) }, losses, relative: 1e-5,
      absolute: 1e-6, "auxiliary losses")
  }

  @Test(arguments: LayerCase.all)
  func inferenceAddsNoNoiseAndNoLoss(_ layer: LayerCase) throws {
    let setup = LayerSetup(layer.settings)
    let output = setup(.evaluation())
    #expect(output.auxiliaryLosses.isEmpty)
    expectClose(
      output.mixed.value.values.map(Double.init), try setup.reference().mixed.flatMap { $0 },
      relative: 1e-4, absolute: 1e-4)
  }

  @Test func aDivergenceIsZeroWhereGatesAgree() {
    let setup = LayerSetup(LayerCase("") { _ in }.settings)
    for parameter in setup.store.parameters where parameter.name.contains("gates") {
      parameter.value.assign(Tensor(zeros: parameter.value.shape))
    }
    let context = ForwardContext.training(tape: Tape(), streams: RandomStreams(seed: 1), step: 0)
    let losses = setup(context).auxiliaryLosses.map { Double($0.value.value.scalar) }
    expectClose(losses, [Double(LayerSetup.gateCount).naturalLogarithm, 0], absolute: 1e-6)
  }
}

/// The rows of a matrix in `Double`.
func rows(_ matrix: Tensor) -> [[Double]] {
  matrix.values.map(Double.init).chunked(by: matrix.columnCount)
}

extension Array {
  /// Consecutive parts of `size` elements.
  func chunked(by size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: Swift.max(1, size)).map {
      Array(self[$0..<Swift.min(count, $0 + size)])
    }
  }
}
