import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

// Internal: ObjectiveGradients, balancer.
@testable import Training

/// A balancer of three objectives, or of as many as there are gradients, at its start.
struct BalancerTrial {
  let type: any LossBalancer.Type
  let store = ParameterStore()
  let scope: ParameterScope
  let balancer: any LossBalancer
  private let method: ConfigurationValue

  init(_ id: String, count: Int = 3) throws { try self.init(.string(id), count: count) }

  /// - Parameter method: The id, or an object of it and settings.
  init(_ method: ConfigurationValue, count: Int = 3) throws {
    self.method = method
    let choice = try #require(BalancingMethod(configuration: method))
    type = try #require(balancerCatalog.first { $0.card.id == choice.id })
    let problem = Problem(
      fields: [], numericals: ["x"], scenarios: ScenarioTree(name: "s", values: ["a"]),
      tasks: (0..<count).map { RankingTask(name: "task\($0)") })
    scope = ParameterScope(store: store, streams: RandomStreams(seed: 1))
    balancer = try choice.balancer(Objectives(.tasks, of: problem), scope: scope)
  }

  /// Returns the loss, and the weight of every objective in it beyond its share.
  ///
  /// - Parameter rate: The length of the step along the gradient that the balancer's own parameters take.
  func loss(
    of losses: [Double], shares: [Float] = [0.5, 0.25, 0.25],
    at moment: TrainingMoment = TrainingMoment(step: 0), rate: Float = 0
  ) -> (Double, [Double]) {
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 3), at: moment)
    let other = ParameterStore()
    let values = ParameterScope(store: other, streams: RandomStreams(seed: 1))
      .parameter("values", shape: [losses.count], initializer: .zeros)
    values.value.assign(Tensor(losses.map(Float.init), shape: [losses.count]))
    let loss = balancer.loss(
      of: ObjectiveLosses(values: context(values), shares: shares), in: context)
    let result = Double(loss.value.scalar)
    tape.backward(from: loss)
    for parameter in store.parameters {
      guard case .dense(let gradient) = parameter.gradient else { continue }
      let moved = zip(parameter.value.values, gradient.values).map { $0 - rate * $1 }
      parameter.value.assign(Tensor(moved, shape: gradient.shape))
    }
    store.clearGradients()
    guard case .dense(let gradient) = values.gradient else {
      return (result, shares.map { _ in 0 })
    }
    return (
      result, zip(gradient.values, shares).map { $1 > 0 ? Double($0 / $1) : Double($0) }
    )
  }

  /// Returns the weights of objectives whose gradients with respect to one shared parameter are these.
  ///
  /// - Parameter values: L of the objectives; their scalar products with the parameter, which is 0, if nil.
  func weights(of gradients: [[Float]], losses values: [Float]? = nil) throws -> [Double] {
    try BalancerTrial(method, count: gradients.count)
      .weightsAgain(of: gradients, losses: values)
  }

  /// Like ``weights(of:losses:)``, but of this balancer, with its state.
  ///
  /// - Parameter shares: a of the objectives; equal ones, if nil.
  func weightsAgain(
    of gradients: [[Float]], losses values: [Float]? = nil, shares: [Float]? = nil,
    at moment: TrainingMoment = TrainingMoment(step: 0)
  ) throws -> [Double] {
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 3), at: moment)
    let shared = ParameterStore()
    let parameter = ParameterScope(store: shared, streams: RandomStreams(seed: 1))
      .parameter("shared", shape: [gradients[0].count, 1], initializer: .zeros)
    let slopes = Tensor(gradients.flatMap { $0 }, shape: [gradients.count, gradients[0].count])
    let losses = Variable(slopes).affine(weight: context(parameter)).reshaped(to: [gradients.count])
    let isPrepared = store.buffers.contains { $0.name.hasSuffix(parameter.name) }
    if type.keepsNumbersOfElements, !isPrepared { balancer.prepare(for: shared.parameters) }
    let found = ObjectiveGradients(tape.gradients(ofEach: losses), of: shared.parameters)
    for (i, a) in gradients.enumerated() {
      let products = gradients.map { b in
        zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      let scale = products.reduce(1) { max($0, abs($1)) }
      expectClose(found.products[i], products, absolute: 1e-6 * scale)
    }
    let shares = shares ?? gradients.map { _ in 1 / Float(gradients.count) }
    let known = values.map { Variable(Tensor($0, shape: [gradients.count])) } ?? losses
    return balancer.weights(
      of: found, losses: ObjectiveLosses(values: known, shares: shares), in: context)
  }
}
