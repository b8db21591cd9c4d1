import Configuration
import TensorCore

// Internal: state.
@testable import Training

let optimizerIDs = optimizerCatalog.map { $0.card.id }

/// One parameter with an optimizer.
final class OptimizerBench {
  let optimizer: Optimizer
  private let parameter: Parameter
  private let rate: Double

  init(
    _ overrides: [String: ConfigurationValue], weights: [Float], shape: [Int]? = nil,
    decays: Bool = true, isTable: Bool = false
  ) throws {
    let options = try TrainingOptions(overriding: overrides)
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 1))
    let shape = shape ?? [weights.count]
    parameter = scope.parameter(
      "weights", shape: shape, initializer: .zeros, decays: decays, isTable: isTable)
    parameter.value.assign(Tensor(weights, shape: shape))
    optimizer = try Optimizer(options, store: store)
    rate = options.updates.learningRate
  }

  var weights: [Float] { parameter.value.values }
  var state: [Float] { optimizer.state.flatMap { $0.value.values } }

  func step(_ gradient: ParameterGradient) throws {
    switch gradient {
    case .none: break
    case .dense(let values): parameter.accumulate(values)
    case .rows(let rows): parameter.accumulate(rows)
    }
    try optimizer.step(learningRate: rate)
  }

  func step(_ gradient: [Float]) throws {
    try step(.dense(Tensor(gradient, shape: [gradient.count])))
  }
}

func randomValues(_ count: Int, seed: UInt64) -> [Float] {
  var stream = RandomStreams(seed: seed)["values"]
  return (0..<count).map { _ in Float(stream.normal()) }
}
