import Configuration
import MessagePassing
import Ranking
import TensorCore
import TestKit
import Testing
import Training

@Suite("Training by several ranks refuses") struct RankFailureTests {
  private func sentence(_ body: @escaping @Sendable (RankGroup) throws -> Void) -> String? {
    do {
      _ = try withRanks(2, body)
      return nil
    } catch { return "\(error)" }
  }

  private func toySentence(_ overrides: [String: ConfigurationValue]) -> String? {
    sentence { ranks in
      let model = try Catalog([ToyModel.self]).entry("toy").build(
        for: ToyRows.toyProblem, seed: 1, ranks: ranks)
      _ = try toySession(overrides, model: model).run()
    }
  }

  @Test func modelsWithStateThatFollowsTheRowsOfEachRank() {
    #expect(
      toySentence([:])
        == "ranks 0 and 1 have different values of 'runningMean' after 1 steps: the model cannot be "
        + "trained by several ranks, or they run different versions of the program")
  }

  @Test func balancersThatCompareGradients() {
    #expect(
      toySentence(["balancing": .string("pcgrad")])
        == "balancing is pcgrad, which compares the gradients of objectives on the whole batch, so "
        + "the model cannot be trained by several ranks")
  }

  @Test func auxiliaryLossesThatAreNoMeansOverRows() {
    #expect(
      sentence { ranks in
        let model = try Catalog([UnevenModel.self]).entry("uneven").build(
          for: ToyRows.toyProblem, seed: 1, ranks: ranks)
        _ = try toySession(model: model).run()
      }
        == "the auxiliary loss 'spread' is not a mean over rows, so the model cannot be trained by "
        + "several ranks")
  }
}

/// A model with a loss that is no mean over rows.
private final class UnevenModel: RankingModel {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(id: "uneven", title: "Uneven", paper: "none")

  private let weight: Parameter

  init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    weight = scope.weight(shape: [2, problem.tasks.count])
  }

  func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let logits = Variable(batch.numericals).affine(weight: context(weight))
    let mean = logits.mean()
    return Predictions(
      logits: logits,
      auxiliaryLosses: [
        .init(name: "spread", weight: 1, value: mean * mean, isMeanOverRows: false)
      ])
  }
}
