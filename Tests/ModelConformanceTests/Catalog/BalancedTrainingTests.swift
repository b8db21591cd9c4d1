import Ranking
import TestKit
import Testing
import Training

@Suite("Every model with every balancer") struct BalancedTrainingTests {
  static let balancers = balancerCatalog.map { $0.card.id }

  @Test(arguments: ConformanceCase.on(.oneLevel), balancers)
  func trainsToABetterLossThanThatOfTheFirstStep(_ model: ConformanceCase, balancer: String) throws
  {
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
