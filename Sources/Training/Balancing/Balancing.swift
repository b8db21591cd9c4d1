import Configuration
import MessagePassing
import Ranking
import TensorCore

/// The balancer of a run, with its state.
final class Balancing {
  /// The objectives that are balanced.
  let objectives: Objectives

  /// The balancer's parameters and buffers.
  let store = ParameterStore()

  /// Trains the balancer's parameters.
  let optimizer: Optimizer

  private let balancer: any LossBalancer
  private let balancedParameters: BalancedParameters

  /// Checks that several ranks can train with a balancer.
  ///
  /// - Throws: ``Diagnostic`` if it needs the gradients of objectives.
  static func checkOverRanks(_ method: BalancingMethod) throws {
    guard balancerCatalog.contains(where: { $0.card.id == method.id && $0.usesGradients }) else {
      return
    }
    throw Diagnostic(
      "balancing is \(method.id), which compares the gradients of objectives on the whole batch, so "
        + "the model cannot be trained by several ranks")
  }

  /// Creates a balancer at the start of a run; nil for the plain sum, which needs none.
  ///
  /// - Parameter parameters: Those of the model; empty if no step is to be taken.
  init?(
    _ options: TrainingOptions, problem: Problem, seed: UInt64, parameters: [Parameter] = []
  ) throws {
    let method = options.balancing
    if method.isPlainSum { return nil }
    objectives = Objectives(options.balanceAxis, of: problem)
    guard objectives.count > 1 else {
      throw Diagnostic(
        "balancing is \(method.id), but with balanceAxis \(options.balanceAxis.rawValue) there is "
          + "nothing but '\(objectives.names.first ?? "")' to balance")
    }
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: seed))
    balancer = try method.balancer(objectives, scope: scope["balancing"][method.id])
    balancedParameters = options.balancedParameters
    var options = options
    options.updates.weightDecay = 0
    options.maximumGradientNorm = 0
    optimizer = try Optimizer(options, parameters: store.parameters)
    if type(of: balancer).keepsNumbersOfElements { balancer.prepare(for: balanced(parameters)) }
  }

  /// A sentence for the run record on what is balanced, with the model's parameters.
  func note(on parameters: [Parameter]) -> String? {
    guard type(of: balancer).usesGradients else { return nil }
    func count(_ parameters: [Parameter]) -> Int { parameters.reduce(0) { $0 + $1.value.count } }
    return "\(type(of: balancer).card.title) balances the gradients of "
      + "\(count(balanced(parameters))) of \(count(parameters)) parameters"
      + (balancedParameters == .dense ? ", all but those of embedding tables" : "")
      + ", where at least two objectives reach them."
  }

  private func balanced(_ parameters: [Parameter]) -> [Parameter] {
    parameters.filter { balancedParameters.include(isTable: $0.isTable) }
  }

  /// Does one step of the model and of the balancer.
  ///
  /// - Parameters:
  ///   - predict: Returns the log-odds of the batch in another pass without a tape.
  ///   - logits: Recorded on `tape`.
  ///   - auxiliary: The weighted sum of the auxiliary terms; nil if there are none.
  ///   - check: Called with the loss (including auxiliary terms) and the plain sum before anything
  ///     changes; throws if they are not finite. If gradients are balanced, the loss is computed
  ///     from the plain sum.
  /// - Returns: L_o and the weight of every objective in the step.
  func step(
    _ batch: TrainingBatches.Prepared, logits: Variable, auxiliary: Variable?, tape: Tape,
    context: ForwardContext, optimizer: Optimizer, store: ParameterStore, learningRate: Double,
    predict: () -> Variable, check: (_ total: Double, _ plainSum: Double) throws -> Void
  ) throws -> [LossTerms.Auxiliary] {
    let indices = objectives.indices(leaves: batch.rows.batch.leaves)
    let ranks = store.ranks
    let sums = logits.sigmoidCrossEntropies(
      labels: batch.rows.labels, weights: batch.lossWeights, objectives: indices,
      objectiveCount: objectives.count
    ).summed(over: ranks)
    let shares = shares(of: batch.lossWeights, indices, ranks)
    let inverses = Tensor(shares.map { $0 > 0 ? 1 / $0 : 0 }, shape: [shares.count])
    var weights: [Double]?
    let means = (sums * Variable(inverses)).observingGradient { gradient in
      weights = zip(gradient.values, shares).map { $1 > 0 ? Double($0 / $1) : 0 }
    }
    let losses = ObjectiveLosses(values: means, shares: shares)
    let plainSum = sums.value.values.reduce(0) { $0 + Double($1) }
    if type(of: balancer).usesGradients {
      try check(plainSum + Double(auxiliary?.value.scalar ?? 0), plainSum)
      let gradients = tape.gradients(ofEach: sums)
      let found = ObjectiveGradients(gradients, of: balanced(store.parameters))
      for (name, products) in zip(objectives.names, found.products)
      where !products.allSatisfy(\.isFinite) {
        throw Diagnostic(
          "the gradient of the loss of '\(name)' with respect to the balanced parameters is not finite"
        )
      }
      let chosen = balancer.weights(of: found, losses: losses, in: context.ofWholeBatch)
      guard chosen.allSatisfy(\.isFinite) else {
        throw Diagnostic(
          "the weights of the objectives by \(type(of: balancer).card.title) are not finite")
      }
      weights = chosen
      found.accumulate(weights: chosen, into: store.parameters)
      if let auxiliary { tape.backward(from: auxiliary) } else { tape.reset() }
      try optimizer.step(learningRate: learningRate)
    } else {
      let balanced = balancer.loss(of: losses, in: context.ofWholeBatch)
      let loss = auxiliary.map { balanced + $0 } ?? balanced
      try check(total(loss, balanced, auxiliary, ranks), plainSum)
      try optimizer.step(learningRate: learningRate) { tape.backward(from: loss, updating: $0) }
    }
    try self.optimizer.step(learningRate: learningRate)
    let values = means.value.values
    if type(of: balancer).usesLossesAfterStep {
      let after = predict().sigmoidCrossEntropies(
        labels: batch.rows.labels, weights: batch.lossWeights, objectives: indices,
        objectiveCount: objectives.count
      ).summed(over: ranks)
      balancer.learn(
        from: values, after: (after * Variable(inverses)).value.values, shares: shares)
    }
    return objectives.names.enumerated().flatMap { index, name -> [LossTerms.Auxiliary] in
      [.init(name: "loss/\(name)", value: Double(values[index]))]
        + (weights.map { [.init(name: "weight/\(name)", value: $0[index])] } ?? [])
    }
  }

  /// Returns the loss of the whole batch; over ranks, only the auxiliary terms are of their own rows.
  private func total(
    _ loss: Variable, _ balanced: Variable, _ auxiliary: Variable?, _ ranks: RankGroup?
  ) -> Double {
    guard let ranks, let auxiliary else { return Double(loss.value.scalar) }
    return Double(balanced.value.scalar) + ranks.sum([Double(auxiliary.value.scalar)])[0]
  }

  private func shares(
    of weights: Tensor, _ indices: [Int32], _ ranks: RankGroup?
  ) -> [Float] {
    var sums = [Double](repeating: 0, count: objectives.count)
    weights.withUnsafeBufferPointer { weights in
      for (weight, objective) in zip(weights, indices) { sums[Int(objective)] += Double(weight) }
    }
    return (ranks?.sum(sums) ?? sums).map(Float.init)
  }
}

extension Variable {
  /// Returns the same value and reports the gradient that flows back through it.
  fileprivate func observingGradient(_ observe: @escaping (Tensor) -> Void) -> Variable {
    record(
      value, from: [self], cost: OperationCost.none, naive: { $0[0] },
      backward: { dy in
        observe(dy)
        self.accumulate(dy)
      })
  }
}
