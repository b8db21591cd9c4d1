import Configuration
import Ranking
import TestKit
import Testing
import Training

@Suite("Every model, trained by several ranks") struct RankTests {
  private static let trained = ConformanceCase.all.filter { !$0.entry.isFittedExactly }
  private static let few = ConformanceCase.on(.oneLevel).filter { !$0.entry.isFittedExactly }

  @Test(arguments: trained) func hasTheWeightsThatOneProcessGives(_ model: ConformanceCase) throws {
    let training = RankedTraining(model: model)
    let one = try training.weights(rankCount: 1)[0]
    let two = try training.weights(rankCount: 2)
    #expect(two[0].map(bits) == two[1].map(bits), "the ranks disagree")
    let difference = largestDifference(two[0], one)
    #expect(difference < 2e-5, "\(difference)")
  }

  @Test(arguments: few) func hasTheSameBitsEveryTime(_ model: ConformanceCase) throws {
    let training = RankedTraining(model: model)
    let first = try training.weights(rankCount: 3)
    let second = try training.weights(rankCount: 3)
    #expect(first.map { $0.map(bits) } == second.map { $0.map(bits) })
    #expect(largestDifference(first[0], try training.weights(rankCount: 1)[0]) < 2e-5)
  }
}
