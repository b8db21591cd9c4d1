import Ranking
import TensorCore
import TestKit
import Testing

// Internal: Balancing, UncertaintyWeighting.
@testable import Training

@Suite struct BalancingTests {
  /// A balancer that changes nothing, run as one that does.
  @Test(arguments: BalanceAxis.allCases, LossReduction.allCases)
  func lossesOfObjectivesAddUpToThePlainSum(axis: BalanceAxis, reduction: LossReduction) throws {
    let rows = ToyRows(count: 60, seed: 4)
    let batch = rows.batch(rows: (0..<60).map(Int32.init))
    let weights = reduction.weights(
      mask: batch.mask, leaves: batch.batch.leaves, leafCount: 3, taskWeights: [1, 0.3])
    let objectives = Objectives(axis, of: ToyRows.toyProblem)
    let logits = (0..<120).map { Float($0 % 13) / 5 - 1 }
    let store = ParameterStore()
    let parameter = ParameterScope(store: store, streams: RandomStreams(seed: 1))
      .parameter("logits", shape: [60, 2], initializer: .zeros)
    parameter.value.assign(Tensor(logits, shape: [60, 2]))
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 1), step: 0)
    let sums = context(parameter).sigmoidCrossEntropies(
      labels: batch.labels, weights: weights,
      objectives: objectives.indices(leaves: batch.batch.leaves), objectiveCount: objectives.count)
    let parts = tape.gradients(ofEach: sums)
    let fused = context(parameter).sigmoidCrossEntropy(labels: batch.labels, weights: weights)
    expectClose(
      [sums.value.values.reduce(0) { $0 + Double($1) }], [Double(fused.value.scalar)],
      absolute: 1e-6)
    tape.backward(from: fused)
    guard case .dense(let whole) = parameter.gradient else {
      Issue.record("no gradient")
      return
    }
    var added = [Double](repeating: 0, count: 120)
    for part in parts {
      guard case .dense(let gradient) = part[parameter] else { continue }
      for (index, value) in gradient.values.enumerated() { added[index] += Double(value) }
    }
    expectClose(added, whole.values.map(Double.init), absolute: 1e-8)
  }

  @Test func namesOfObjectivesSayWhatIsBalanced() {
    let problem = ToyRows.toyProblem
    #expect(Objectives(.tasks, of: problem).names == ["click", "buy"])
    #expect(Objectives(.scenarios, of: problem).names == ["a", "b", "c"])
    #expect(
      Objectives(.cells, of: problem).names
        == ["click/a", "click/b", "click/c", "buy/a", "buy/b", "buy/c"])
    #expect(Objectives(.cells, of: problem).indices(leaves: [2, 0]) == [2, 5, 0, 3])
  }

  @Test func aConflictIsProjectedAway() throws {
    // g_1 = (1, 0), g_2 = (-1, 1): by hand, d_1 = (1/2, 1/2), d_2 = (0, 1).
    let sum = try step("pcgrad", [[1, 0], [-1, 1]])
    expectClose(sum, [0.5, 1.5], absolute: 1e-6)
  }

  @Test func gradientsWithoutConflictStayAsTheyAre() throws {
    expectClose(try step("pcgrad", [[1, 0], [1, 1]]), [2, 1], absolute: 1e-6)
  }

  @Test func uncertaintyFindsItsMinimum() throws {
    // At exp(s) = 2 L the derivative by s vanishes.
    let objectives = Objectives(.tasks, of: ToyRows.toyProblem)
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 1))
    let balancer = UncertaintyWeighting(.init(), objectives: objectives, scope: scope)
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 1), step: 0)
    store.parameters[0].value.assign(
      Tensor([Float((2 * 0.7).naturalLogarithm), Float((2 * 0.2).naturalLogarithm)], shape: [2]))
    let loss = balancer.loss(
      of: ObjectiveLosses(
        values: Variable(Tensor([0.7, 0.2], shape: [2])), shares: [0.5, 0.5]), in: context)
    tape.backward(from: loss)
    guard case .dense(let gradient) = store.parameters[0].gradient else {
      Issue.record("no gradient")
      return
    }
    expectClose(gradient.values.map(Double.init), [0, 0], absolute: 1e-7)
  }

  @Test func dynamicWeightsFollowTheRatiosOfFormerEpochs() throws {
    let objectives = Objectives(.tasks, of: ToyRows.toyProblem)
    let scope = ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 1))
    let balancer = try DynamicWeightAverage(.init(), objectives: objectives, scope: scope)
    // The weight of the first loss alone in every epoch, whose losses are then (0.8, 0.4), (0.4, 0.4), (0.4, 0.2).
    func weight(epoch: Int, training losses: [Float]) -> Double {
      let context = ForwardContext.training(
        tape: Tape(), streams: RandomStreams(seed: 1), at: TrainingMoment(step: epoch))
      func loss(_ values: [Float], _ context: ForwardContext) -> Double {
        let values = Variable(Tensor(values, shape: [2]))
        return Double(
          balancer.loss(of: ObjectiveLosses(values: values, shares: [0.5, 0.5]), in: context).value
            .scalar)
      }
      _ = loss(losses, context)
      return loss([1, 0], .evaluation(at: TrainingMoment(step: epoch))) / 0.5
    }
    func expected(_ first: Double, _ second: Double) -> Double {
      2 * (first / 2).exponential / ((first / 2).exponential + (second / 2).exponential)
    }
    let found = [[0.8, 0.4], [0.4, 0.4], [0.4, 0.2], [1, 1]].enumerated().map {
      weight(epoch: $0.offset, training: $0.element.map { Float($0) })
    }
    expectClose(found, [1, 1, expected(0.5, 1), expected(1, 0.5)], absolute: 1e-6)
  }

  @Test func sharedParametersOnlyAreBalanced() throws {
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 1))
    let shared = scope.parameter("shared", shape: [2, 1], initializer: .ones)
    let own = scope.parameter("own", shape: [2, 1], initializer: .ones)
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 1), step: 0)
    let x = Variable(Tensor([1, 0], shape: [1, 2]))
    let first = x.affine(weight: context(shared)) + x.affine(weight: context(own))
    let second = x.affine(weight: context(shared))
    let losses = concatenated([first, second]).reshaped(to: [2])
    let gradients = ObjectiveGradients(tape.gradients(ofEach: losses), of: store.parameters)
    #expect(gradients.products == [[1, 1], [1, 1]])
    gradients.accumulate(weights: [3, 5], into: store.parameters)
    #expect(shared.gradient.dense == [8, 0])
    #expect(own.gradient.dense == [1, 0])
  }

  @Test func oneObjectiveCannotBeBalanced() {
    let text = sentence {
      _ = try Balancing(
        TrainingOptions(overriding: ["balancing": .string("pcgrad")]),
        problem: Problem(
          fields: [], numericals: ["x"], scenarios: ScenarioTree(name: "s", values: ["a", "b"]),
          tasks: [RankingTask(name: "click")]), seed: 1)
    }
    #expect(text?.contains("pcgrad") == true && text?.contains("click") == true)
  }

  @Test func anUnknownBalancerIsRefusedWithTheNearestName() {
    let text = sentence {
      _ = try TrainingOptions(overriding: ["balancing": .string("pcgrid")])
    }
    #expect(text?.contains("pcgrad") == true)
  }

  @Test func runsWithoutBalancerKeepTheirConfiguration() throws {
    let configuration = TrainingOptions().configuration
    #expect(configuration["balancing"] == nil && configuration["balanceAxis"] == nil)
  }

  /// Returns the step that a balancer makes of two gradients.
  private func step(_ id: String, _ gradients: [[Double]]) throws -> [Double] {
    let objectives = Objectives(.tasks, of: ToyRows.toyProblem)
    let balancer = try #require(BalancingMethod(configuration: .string(id))).balancer(
      objectives, scope: ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 1)))
    let store = ParameterStore()
    let parameter = ParameterScope(store: store, streams: RandomStreams(seed: 1))
      .parameter("shared", shape: [2, 1], initializer: .zeros)
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 3), step: 0)
    let losses = Variable(Tensor(gradients.flatMap { $0.map { Float($0) } }, shape: [2, 2]))
      .affine(weight: context(parameter)).reshaped(to: [2])
    let found = ObjectiveGradients(tape.gradients(ofEach: losses), of: store.parameters)
    let weights = balancer.weights(
      of: found, losses: ObjectiveLosses(values: losses, shares: [0.5, 0.5]), in: context)
    found.accumulate(weights: weights, into: store.parameters)
    return parameter.gradient.dense.map(Double.init)
  }
}

extension ParameterGradient {
  fileprivate var dense: [Float] { if case .dense(let values) = self { values.values } else { [] } }
}
