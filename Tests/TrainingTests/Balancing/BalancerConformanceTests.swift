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
  /// Without those that draw weights at random.
  static let determined = ofLosses.filter { $0 != "rlw" }
  /// Without those that differentiate another function than they return: FAMO holds its scale constant.
  static let differentiated = ofLosses.filter { $0 != "famo" }
  static let ofGradients = balancerCatalog.filter { $0.usesGradients }.map { $0.card.id }
  /// Without those in which one objective is the target.
  static let impartial = ofGradients.filter { $0 != "metabalance" }

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
          uniqueKeysWithValues: try BalancerTrial(id).type.settings.map {
            ($0.name, $0.defaultValue)
          }
            + [("id", .string(id))])))
    #expect(full == method, "defaults that are written out are the same method")
  }

  // MARK: Methods of losses

  @Test(arguments: determined)
  func equalLossesHaveEqualWeightsAtTheStart(id: String) throws {
    let (_, weights) = try BalancerTrial(id).loss(
      of: [0.6, 0.6, 0.6], shares: [Float](repeating: 1 / 3, count: 3))
    #expect(weights[0] > 0)
    expectClose(weights, weights.map { _ in weights[0] }, absolute: 1e-6)
  }

  @Test(arguments: ofLosses.filter { $0 != "stch" })
  func equalLossesGiveThePlainSumAtTheStart(id: String) throws {
    let (loss, _) = try BalancerTrial(id).loss(of: [0.6, 0.6, 0.6])
    expectClose([loss], [0.6], absolute: 1e-6)
  }

  @Test(arguments: determined)
  func permutedObjectivesHavePermutedWeights(id: String) throws {
    let (losses, order) = ([0.9, 0.2, 0.5], [2, 0, 1])
    let shares = [Float](repeating: 1 / 3, count: 3)
    let (_, weights) = try BalancerTrial(id).loss(of: losses, shares: shares)
    let (_, permuted) = try BalancerTrial(id).loss(of: order.map { losses[$0] }, shares: shares)
    expectClose(permuted, order.map { weights[$0] }, absolute: 1e-6)
  }

  @Test(arguments: ofLosses)
  func weightsAreFiniteWhereLossesAreZero(id: String) throws {
    let (loss, weights) = try BalancerTrial(id).loss(of: [0, 0, 0.4])
    #expect(loss.isFinite && weights.allSatisfy(\.isFinite))
  }

  @Test(arguments: ofLosses)
  func anObjectiveWithoutRowsDoesNotMatter(id: String) throws {
    let shares: [Float] = [0.5, 0, 0.5]
    let (some, weights) = try BalancerTrial(id).loss(of: [0.3, 0, 0.7], shares: shares)
    let (others, _) = try BalancerTrial(id).loss(of: [0.3, 9, 0.7], shares: shares)
    #expect(some == others)
    #expect(weights[1] == 0)
  }

  @Test(arguments: differentiated)
  func gradientsOfLossesAndOwnParametersAreThoseOfFiniteDifferences(id: String) throws {
    let trial = try BalancerTrial(id)
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
  func equalGradientsHaveEqualWeights(id: String) throws {
    let weights = try BalancerTrial(id).weights(of: [[1, 2], [1, 2], [1, 2]])
    #expect(weights[0] > 0)
    expectClose(weights, weights.map { _ in weights[0] }, absolute: 1e-6)
  }

  @Test(arguments: impartial)
  func permutedGradientsHavePermutedWeights(id: String) throws {
    let (a, b): ([Float], [Float]) = ([3, 1], [-1, 2])
    let weights = try BalancerTrial(id).weights(of: [a, b])
    expectClose(try BalancerTrial(id).weights(of: [b, a]), weights.reversed(), absolute: 1e-6)
  }

  @Test(arguments: ofGradients)
  func weightsAreFiniteWhereAGradientVanishes(id: String) throws {
    #expect(try BalancerTrial(id).weights(of: [[0, 0], [1, -1], [2, 1]]).allSatisfy(\.isFinite))
  }

  @Test(arguments: ofGradients)
  func weightsAreFiniteWhereNoGradientIsLeft(id: String) throws {
    let none: [Float] = [0, 0]
    for losses: [Float]? in [nil, [0, 0.5, 0]] {
      let weights = try BalancerTrial(id).weights(of: [none, none, none], losses: losses)
      #expect(weights.count == 3 && weights.allSatisfy(\.isFinite), "\(weights)")
    }
  }

  // MARK: In training

  /// The loss is finite here.
  @Test(arguments: ofGradients)
  func aGradientThatOverflowsIsReportedBeforeAnythingChanges(id: String) throws {
    let model = try ToyModel.built(["overflowsGradient": .bool(true), "dropout": .number(0)])
    let before = model.store.parameters.map { $0.value.values }
    let session = try toySession(["balancing": .string(id)], model: model)
    let message = sentence { _ = try session.run() }
    #expect(
      message?.contains("the gradient of the loss of 'click'") == true
        && message?.contains("is not finite") == true, "\(message ?? "no error")")
    #expect(model.store.parameters.map { $0.value.values } == before)
  }

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
