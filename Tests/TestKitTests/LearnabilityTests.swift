import Foundation
import Ranking
import TensorCore
import TestKit
import Testing

/// The labels of tiny problems can be learned: a linear model, fitted by plain gradient descent,
/// predicts new rows better than the shares of the labels do.
@Suite struct LearnabilityTests {
  @Test(arguments: TinyProblem.all)
  func linearModelBeatsTheShares(tiny: TinyProblem) {
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 1))
    let input = InputLayer(InputHyperparameters(), problem: tiny.problem, scope: scope)
    let taskCount = tiny.problem.tasks.count
    let weight = scope.parameter(
      "weight", shape: [input.outputSize, taskCount], initializer: .xavierUniform)
    let bias = scope.parameter("bias", shape: [taskCount], initializer: .zeros)
    func loss(_ labeled: LabeledBatch, _ context: ForwardContext) -> Variable {
      let share = 1 / labeled.mask.values.reduce(0, +)
      let weights = Tensor(labeled.mask.values.map { $0 * share }, shape: labeled.mask.shape)
      return input(labeled.batch, in: context)
        .affine(weight: context(weight), bias: context(bias))
        .sigmoidCrossEntropy(labels: labeled.labels, weights: weights)
    }

    let all = tiny.training.all
    for _ in 0..<150 {
      let tape = Tape()
      store.clearGradients()
      tape.backward(from: loss(all, .evaluation(tape: tape)))
      for parameter in store.parameters { descend(parameter, rate: 1) }
    }
    let reached = Double(loss(tiny.test.all, .evaluation()).value.scalar)
    #expect(reached < 0.95 * entropyOfShares(tiny.test.all), "reached \(reached)")
  }

  private func descend(_ parameter: Parameter, rate: Float) {
    let gradient: Tensor
    switch parameter.gradient {
    case .none: return
    case .dense(let tensor): gradient = tensor
    case .rows(let rows): gradient = rows.densified(rowCount: parameter.value.shape[0])
    }
    parameter.value.assign(
      Tensor(
        zip(parameter.value.values, gradient.values).map { $0 - rate * $1 },
        shape: parameter.value.shape))
  }

  /// The cross-entropy per cell of predicting each task's own share of ones.
  private func entropyOfShares(_ labeled: LabeledBatch) -> Double {
    let taskCount = labeled.labels.shape[1]
    var (sum, cells) = (0.0, 0.0)
    for task in 0..<taskCount {
      let places = stride(from: task, to: labeled.labels.count, by: taskCount)
      let labels = places.filter { labeled.mask.values[$0] == 1 }.map { labeled.labels.values[$0] }
      let share = Double(labels.reduce(0, +)) / Double(labels.count)
      sum -= Double(labels.count) * (share * log(share) + (1 - share) * log(1 - share))
      cells += Double(labels.count)
    }
    return sum / cells
  }
}
