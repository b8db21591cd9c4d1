import Foundation
import Ranking
import TestKit
import Testing

@Suite struct ScenarioTreeTests {
  @Test func oneLevelHasALeafPerValue() {
    let tree = ScenarioTree(name: "country", values: ["NL", "FR"])
    #expect(tree.depth == 1 && tree.leafCount == 2)
    #expect(tree.leaves == [[0], [1]])
    #expect(tree.leafNames == ["NL", "FR"])
    #expect(tree.indices(atLevel: 0) == [0, 1])
  }

  @Test func leavesArePathsThatOccur() {
    let tree = TinyProblem.twoLevels.problem.scenarios
    #expect(tree.depth == 2 && tree.leafCount == 5)
    #expect(
      tree.leafNames == ["home/item", "home/video", "search/item", "search/video", "search/live"])
    #expect(tree.indices(atLevel: 0) == [0, 0, 1, 1, 1])
    #expect(tree.indices(atLevel: 1) == [0, 1, 0, 1, 2])
  }

  @Test func aFlattenedTreeHasTheLeavesAsOneLevel() {
    let tree = TinyProblem.twoLevels.problem.scenarios
    let flat = tree.flattened
    #expect(flat.depth == 1 && flat.leafNames.count == 5)
    #expect(flat.levels[0].values == tree.leafNames)
    #expect(flat.indices(atLevel: 0) == [0, 1, 2, 3, 4])
    #expect(flat.flattened == flat)
  }

  @Test(arguments: TinyProblem.all)
  func problemsSurviveCoding(tiny: TinyProblem) throws {
    let data = try JSONEncoder().encode(tiny.problem)
    #expect(try JSONDecoder().decode(Problem.self, from: data) == tiny.problem)
  }
}
