import Ranking
import TensorCore
import TestKit
import Testing
import Training

@Suite("Balancers in the training of models") struct BalancedTrainingTests {
  /// One of losses, one of gradients, one with a second pass: they meet a model at different places.
  static let kinds = ["uncertainty", "pcgrad", "famo"]

  @Test(arguments: ConformanceCase.defaults, kinds)
  func everyModelLearnsWithEveryKind(_ model: ConformanceCase, balancer: String) throws {
    try expectToLearn(model, balancer: balancer)
  }

  /// FAMO passes a batch once more after the step, which must not count as another step: moving moments stay,
  /// AREAD removes no further connections, AutoIFS keeps its copy.
  @Test(arguments: ConformanceCase.defaults, [false, true])
  func anotherPassOverABatchChangesNoBuffer(_ model: ConformanceCase, batchNorm: Bool) throws {
    guard !batchNorm || model.entry.hasTowers else { return }
    let built = try model.build(setting: batchNorm ? ["batchNorm": .bool(true)] : [:])
    let rows = model.tiny.training.first(80)
    for phase in built.phases.phases {
      built.shake()
      let before = built.store.buffers.map { bits($0.value) }
      for updates in [false, true] {
        _ = built(
          rows.batch,
          in: .training(
            tape: Tape(), streams: RandomStreams(seed: 1),
            at: TrainingMoment(step: 0, phase: phase.name), updatesBuffers: updates))
        let isSame = built.store.buffers.map { bits($0.value) } == before
        #expect(isSame || updates, "\(phase.name)")
        let mustChange = batchNorm || ["pruning", "end of search"].contains(phase.name)
        #expect(!isSame || !updates || !mustChange, "\(phase.name)")
      }
    }
  }

  @Test(arguments: balancerCatalog.map { $0.card.id })
  func sharedBottomLearnsWithEveryBalancer(balancer: String) throws {
    for model in ConformanceCase.on(.oneLevel) where model.entry.card.id == "shared-bottom" {
      try expectToLearn(model, balancer: balancer)
    }
  }

  /// Trains to a better loss than that of the first step.
  private func expectToLearn(_ model: ConformanceCase, balancer: String) throws {
    guard !model.entry.isFittedExactly else { return }
    for axis in BalanceAxis.allCases {
      let options = try TrainingOptions(overriding: [
        "balancing": .string(balancer), "balanceAxis": .string(axis.rawValue),
        "batchSize": .integer(300), "epochs": .integer(12), "learningRate": .number(0.02),
        "patience": .integer(0),
      ])
      let session = try TrainingSession(
        model: model.build(), options: options, training: TrainingSplit(model.tiny.training),
        validation: ValidationSplit(model.tiny.validation), seed: 1)
      _ = try session.run()
      let losses = session.curve.map(\.loss.crossEntropy)
      #expect(losses.count == 12 && losses[11] < losses[0], "\(axis): \(losses)")
    }
  }
}
