import Configuration
import TensorCore
import TestKit
import Testing

// Internal: ExpertSelection.
@testable import AESM2

@Suite("Expert selection")
struct ExpertSelectionTests {
  /// One row, two gates, four experts; the own gate claims 0.9, 0.2, 0.5 and 0.6 of them.
  private let claims: [Float] = [0.9, 0.2, 0.5, 0.6]

  private func select(
    _ claims: [Float], specific: Int, shared: Int, exclusive: Bool = false
  ) -> (specific: [Int], shared: [Int]) {
    let logs = (claims + claims.map { 1 - $0 }).map { Float(Double($0).naturalLogarithm) }
    let selection = ExpertSelection(
      logShares: Tensor(logs, shape: [1, 2, claims.count]), own: [0], specificCount: specific,
      sharedCount: shared, exclusive: exclusive)
    func members(_ bit: UInt8) -> [Int] {
      selection.sets.indices.filter { selection.sets[$0] & bit != 0 }
    }
    return (members(ExpertSelection.specific), members(ExpertSelection.shared))
  }

  @Test func specificExpertsAreThoseTheOwnGateClaimsMost() {
    #expect(select(claims, specific: 1, shared: 1).specific == [0])
    #expect(select(claims, specific: 2, shared: 1).specific == [0, 3])
    #expect(select(claims, specific: 3, shared: 1).specific == [0, 2, 3])
  }

  @Test func sharedExpertsAreThoseTheGatesAgreeOn() {
    #expect(select(claims, specific: 1, shared: 1).shared == [2])
    #expect(select(claims, specific: 1, shared: 2).shared == [2, 3])
    #expect(select(claims, specific: 1, shared: 3).shared == [1, 2, 3])
  }

  @Test func anExpertMayBeInBothSetsUnlessTheyAreExclusive() {
    let overlapping = select(claims, specific: 2, shared: 2)
    #expect(overlapping.specific == [0, 3] && overlapping.shared == [2, 3])
    let exclusive = select(claims, specific: 2, shared: 2, exclusive: true)
    #expect(exclusive.specific == [0, 3] && exclusive.shared == [1, 2])
  }

  @Test func tiesGoToTheLowerNumber() {
    let tied = select([0.5, 0.5, 0.5, 0.5], specific: 2, shared: 3)
    #expect(tied.specific == [0, 1] && tied.shared == [0, 1, 2])
  }

  @Test func everyExpertCanBeSelected() {
    let all = select(claims, specific: 4, shared: 4)
    #expect(all.specific == [0, 1, 2, 3] && all.shared == [0, 1, 2, 3])
  }

  @Test(
    arguments: [
      (["scenarioSpecificCount": 9], "scenarioSpecificCount is 9, but there are only 8 experts"),
      (["taskSharedCount": 5, "taskExpertCount": 4], "taskSharedCount is 5, but there are only 4"),
      (
        ["scenarioSpecificCount": 0, "scenarioSharedCount": 0],
        "scenarioSpecificCount and scenarioSharedCount are both 0, so no expert"
      ),
    ])
  func impossibleCountsAreRefusedWithASentence(_ counts: [String: Int], _ sentence: String) throws {
    let error = #expect(throws: Diagnostic.self) {
      try AESM2Hyperparameters(overriding: counts.mapValues { .integer($0) })
    }
    #expect(error?.description.hasPrefix(sentence) == true, "\(String(describing: error))")
  }

  @Test func exclusiveSetsMustFitTheExperts() {
    let error = #expect(throws: Diagnostic.self) {
      try AESM2Hyperparameters(overriding: [
        "exclusiveSets": .bool(true), "taskExpertCount": .integer(3),
      ])
    }
    #expect(
      error?.description == "exclusiveSets needs taskSpecificCount + taskSharedCount <= "
        + "taskExpertCount, but 2 + 2 > 3")
  }
}
