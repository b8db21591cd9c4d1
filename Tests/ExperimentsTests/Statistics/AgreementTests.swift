import Experiments
import Testing
import Training

@Suite struct AgreementTests {
  @Test func mutualInformationAgreesWithScikitLearn() throws {
    for row in try StatisticsFixture("agreement")["labelings"].cases {
      let (first, second) = (
        try row.numbers("first").map { Int($0) }, try row.numbers("second").map { Int($0) }
      )
      expectClose(
        [adjustedMutualInformation(first, second), adjustedMutualInformation(second, first)],
        [try row.number("ami"), try row.number("ami")], within: 1e-9)
    }
  }

  @Test func namesOfGroupsDoNotMatter() {
    let groups = [0, 0, 1, 1, 2, 2, 2]
    expectClose(
      [adjustedMutualInformation(groups, groups.map { 7 - 3 * $0 })], [1], within: 1e-12)
  }

  @Test func labelsWithoutItemsAgree() {
    #expect(adjustedMutualInformation([], []) == 1)
  }

  @Test func averageLinkageAgreesWithSciPy() throws {
    for row in try StatisticsFixture("agreement")["clusterings"].cases {
      let found = averageLinkageGroups(
        try row.table("similarity"), count: try row.integer("count"))
      let expected = try row.numbers("labels").map { Int($0) }
      #expect(adjustedMutualInformation(found, expected) > 1 - 1e-9, "\(found), \(expected)")
    }
  }

  @Test func scenariosThatUseTheSameExpertsFormTheGroup() throws {
    func cell(_ weights: [Double]) -> GateUse.Cell {
      GateUse.Cell(rowCount: 1, weights: weights, selected: [1, 1, 1], entropy: 0)
    }
    let (a, b) = (cell([0.8, 0.1, 0.1]), cell([0.1, 0.2, 0.7]))
    let gate = GateUse(name: "g", task: nil, expertCount: 3, cells: [a, b, a, nil, b, a])
    expectClose(
      [try #require(gate.agreement(withGroups: [0, 1, 0, 1, 1, 0]))], [1], within: 1e-12)
    #expect(try #require(gate.agreement(withGroups: [0, 0, 1, 1, 1, 1])) < 0.5)
    let single = GateUse(name: "g", task: nil, expertCount: 3, cells: [a, nil])
    #expect(single.agreement(withGroups: [0, 1]) == nil)
  }

  @Test func groupsAreNumberedByTheirFirstItems() {
    let similarity = [[1, 0.1, 0.9], [0.1, 1, 0.2], [0.9, 0.2, 1]]
    #expect(averageLinkageGroups(similarity, count: 2) == [0, 1, 0])
    #expect(averageLinkageGroups(similarity, count: 1) == [0, 0, 0])
    #expect(averageLinkageGroups(similarity, count: 0) == [0, 0, 0])
    #expect(averageLinkageGroups(similarity, count: 9) == [0, 1, 2])
    #expect(averageLinkageGroups([], count: 2) == [])
  }
}
