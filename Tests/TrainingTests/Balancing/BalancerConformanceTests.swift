import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

// Internal: ObjectiveGradients, balancer, balancing, store.
@testable import Training

/// What every balancer of the catalog must do, and every one that is added to it.
@Suite("Conformance of balancers") struct BalancerConformanceTests {
  static let ids = balancerCatalog.map { $0.card.id }
  static let ofLosses = balancerCatalog.filter { !$0.usesGradients }.map { $0.card.id }
  static let ofGradients = balancerCatalog.filter { $0.usesGradients }.map { $0.card.id }

  @Test func idsAreUniqueAndPapersNamed() {
    #expect(Set(Self.ids).count == Self.ids.count)
    #expect(balancerCatalog.allSatisfy { !$0.card.title.isEmpty && !$0.card.paper.isEmpty })
  }

  @Test(arguments: ids) func aMethodIsReadBackFromItsConfiguration(id: String) throws {
    let method = try #require(BalancingMethod(configuration: .string(id)))
    #expect(method.configuration == .string(id))
    let full = BalancingMethod(
      configuration: .object(
        Dictionary(
          uniqueKeysWithValues: try Trial(id).type.settings.map { ($0.name, $0.defaultValue) }
            + [("id", .string(id))])))
    #expect(full == method, "defaults that are written out are the same method")
  }

  // MARK: Methods of losses

  @Test(arguments: ofLosses)
  func equalLossesGiveThePlainSumAtTheStart(id: String) throws {
    let trial = try Trial(id)
    let (loss, _) = trial.loss(of: [0.6, 0.6, 0.6])
    expectClose([loss], [0.6], absolute: 1e-6)
  }

  @Test(arguments: ofLosses)
  func permutedObjectivesHavePermutedWeights(id: String) throws {
    let (losses, order) = ([0.9, 0.2, 0.5], [2, 0, 1])
    let (_, weights) = try Trial(id).loss(of: losses)
    let (_, permuted) = try Trial(id).loss(of: order.map { losses[$0] })
    expectClose(permuted, order.map { weights[$0] }, absolute: 1e-6)
  }

  @Test(arguments: ofLosses)
  func weightsAreFiniteWhereLossesAreZero(id: String) throws {
    let (loss, weights) = try Trial(id).loss(of: [0, 0, 0.4])
    #expect(loss.isFinite && weights.allSatisfy(\.isFinite))
  }

  @Test(arguments: ofLosses)
  func anObjectiveWithoutRowsDoesNotMatter(id: String) throws {
    let shares: [Float] = [0.5, 0, 0.5]
    let (some, weights) = try Trial(id).loss(of: [0.3, 0, 0.7], shares: shares)
    let (others, _) = try Trial(id).loss(of: [0.3, 9, 0.7], shares: shares)
    #expect(some == others)
    #expect(weights[1] == 0)
  }

  @Test(arguments: ofLosses)
  func gradientsOfLossesAndOwnParametersAreThoseOfFiniteDifferences(id: String) throws {
    let trial = try Trial(id)
    let logits = trial.scope.parameter(
      "losses", shape: [3], initializer: .uniform(bound: 0.5))
    checkGradients(store: trial.store) { context in
      let values = context(logits) + Variable(Tensor(repeating: 1, shape: [3]))
      return trial.balancer.loss(
        of: ObjectiveLosses(values: values, shares: [0.5, 0.2, 0.3]), in: context)
    }
  }

  // MARK: Methods of gradients

  @Test(arguments: ofGradients)
  func equalGradientsGiveThePlainSum(id: String) throws {
    let weights = try Trial(id).weights(of: [[1, 2], [1, 2], [1, 2]])
    #expect(abs(weights.reduce(0, +) - 3) < 1e-6)
  }

  @Test(arguments: ofGradients)
  func permutedGradientsHavePermutedWeights(id: String) throws {
    let (a, b): ([Float], [Float]) = ([3, 1], [-1, 2])
    let weights = try Trial(id).weights(of: [a, b])
    expectClose(try Trial(id).weights(of: [b, a]), weights.reversed(), absolute: 1e-6)
  }

  @Test(arguments: ofGradients)
  func weightsAreFiniteWhereAGradientVanishes(id: String) throws {
    #expect(try Trial(id).weights(of: [[0, 0], [1, -1], [2, 1]]).allSatisfy(\.isFinite))
  }

  // MARK: In training

  @Test(arguments: ids, BalanceAxis.allCases)
  func aRunThatWasStoppedContinuesBitForBit(id: String, axis: BalanceAxis) throws {
    let options: [String: ConfigurationValue] = [
      "balancing": .string(id), "balanceAxis": .string(axis.rawValue),
    ]
    let straight = try toySession(options)
    _ = try straight.run()
    try withTemporaryPath { folder in
      let policy = CheckpointPolicy(path: folder + "/checkpoint", interval: nil)
      let first = try toySession(options)
      _ = try first.run(checkpoints: policy, shouldStop: { first.step == 7 })
      let second = try toySession(options, model: ToyModel.built(seed: 50))
      try second.resume(from: policy)
      _ = try second.run()
      #expect(bits(of: second.model) == bits(of: straight.model))
      #expect(second.curve == straight.curve)
      #expect(
        second.balancing?.store.tensors.map { $0.value.values }
          == straight.balancing?.store.tensors.map { $0.value.values })
    }
  }

  @Test(arguments: ids) func theNumberOfThreadsDoesNotMatter(id: String) throws {
    let one = try toySession(["balancing": .string(id)])
    _ = try one.run()
    Parallelism.use(threadCount: 3)
    defer { Parallelism.use(threadCount: 1) }
    let three = try toySession(["balancing": .string(id)])
    _ = try three.run()
    #expect(bits(of: one.model) == bits(of: three.model))
  }

  @Test(arguments: ids.filter { $0 != "fixed" })
  func curvesShowEveryObjectivesLossAndWeight(id: String) throws {
    let session = try toySession(["balancing": .string(id), "epochs": .integer(1)])
    _ = try session.run()
    let terms = try #require(session.curve.first?.loss.balance)
    #expect(terms.map(\.name) == ["loss/click", "weight/click", "loss/buy", "weight/buy"])
    #expect(terms.allSatisfy { $0.value.isFinite })
    let point = try #require(session.curve.first)
    #expect(try CurvePoint(configuration: point.configuration) == point)
  }
}

/// A balancer of three objectives, or of as many as there are gradients, at its start.
private struct Trial {
  let type: any LossBalancer.Type
  let store = ParameterStore()
  let scope: ParameterScope
  let balancer: any LossBalancer
  private let id: String

  init(_ id: String, count: Int = 3) throws {
    self.id = id
    type = try #require(balancerCatalog.first { $0.card.id == id })
    let problem = Problem(
      fields: [], numericals: ["x"], scenarios: ScenarioTree(name: "s", values: ["a"]),
      tasks: (0..<count).map { RankingTask(name: "task\($0)") })
    scope = ParameterScope(store: store, streams: RandomStreams(seed: 1))
    balancer = try #require(BalancingMethod(configuration: .string(id)))
      .balancer(Objectives(.tasks, of: problem), scope: scope)
  }

  /// Returns the loss, and the weight of every objective in it beyond its share.
  func loss(of losses: [Double], shares: [Float] = [0.5, 0.25, 0.25]) -> (Double, [Double]) {
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 3), step: 0)
    let other = ParameterStore()
    let values = ParameterScope(store: other, streams: RandomStreams(seed: 1))
      .parameter("values", shape: [losses.count], initializer: .zeros)
    values.value.assign(Tensor(losses.map(Float.init), shape: [losses.count]))
    let loss = balancer.loss(
      of: ObjectiveLosses(values: context(values), shares: shares), in: context)
    let result = Double(loss.value.scalar)
    tape.backward(from: loss)
    store.clearGradients()
    guard case .dense(let gradient) = values.gradient else {
      return (result, shares.map { _ in 0 })
    }
    return (
      result, zip(gradient.values, shares).map { $1 > 0 ? Double($0 / $1) : Double($0) }
    )
  }

  /// Returns the weights of objectives whose gradients with respect to one shared parameter are these.
  func weights(of gradients: [[Float]]) throws -> [Double] {
    let trial = try Trial(id, count: gradients.count)
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 3), step: 0)
    let shared = ParameterStore()
    let parameter = ParameterScope(store: shared, streams: RandomStreams(seed: 1))
      .parameter("shared", shape: [gradients[0].count, 1], initializer: .zeros)
    let slopes = Tensor(gradients.flatMap { $0 }, shape: [gradients.count, gradients[0].count])
    let losses = Variable(slopes).affine(weight: context(parameter)).reshaped(to: [gradients.count])
    let found = ObjectiveGradients(tape.gradients(ofEach: losses), of: shared.parameters)
    for (i, a) in gradients.enumerated() {
      expectClose(
        found.products[i],
        gradients.map { b in zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } },
        absolute: 1e-6)
    }
    return trial.balancer.weights(
      of: found,
      losses: ObjectiveLosses(
        values: losses, shares: gradients.map { _ in 1 / Float(gradients.count) }), in: context)
  }
}
