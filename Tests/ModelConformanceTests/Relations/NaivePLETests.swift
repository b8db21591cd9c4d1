import Ranking
import TestKit
import Testing

/// PLE against loops over rows, levels, objectives and experts in `Double`.
@Suite("PLE beside its equations")
struct NaivePLETests {
  typealias Vector = [Double]

  @Test(arguments: [1, 2, 3], ["flat", "task"])
  func logitsAreThoseOfTheEquations(levelCount: Int, axis: String) throws {
    for tiny in [TinyProblem.oneLevel, .twoLevels, .oneScenario] {
      let built = try catalog.entry("ple").buildSmall(
        [
          "axis": .string(axis), "levelCount": .integer(levelCount),
          "specificExpertCount": .integer(2), "sharedExpertCount": .integer(3),
        ], for: tiny.problem, seed: 1)
      built.shake()
      let rows = tiny.training.first(30)
      let flat = axis == "flat" && tiny.problem.scenarios.leafCount > 1
      let naive = NaivePLE(
        network: NaiveNetwork(built.store), problem: tiny.problem, isFlat: flat,
        levelCount: levelCount)
      let sources = Array(tiny.training.rows.prefix(30))
      expectClose(
        built.logits(rows).values.map(Double.init), naive.logits(sources), relative: 1e-4,
        absolute: 1e-4, tiny.name)
    }
  }
}

private struct NaivePLE {
  typealias Vector = [Double]

  let network: NaiveNetwork
  let problem: Problem
  let isFlat: Bool
  let levelCount: Int

  func logits(_ rows: [InMemoryRows.Row]) -> Vector {
    zip(rows, network.inputs(rows, of: problem)).flatMap { row, x in
      logits(x, part: isFlat ? Int(row.leaf) : 0)
    }
  }

  private func logits(_ x: Vector, part: Int) -> Vector {
    let taskCount = problem.tasks.count
    let objectiveCount = (isFlat ? problem.scenarios.leafCount : 1) * taskCount
    var shared = x
    var own = [Vector](repeating: x, count: objectiveCount)
    for level in 0..<levelCount - 1 {
      let path = "levels/\(level)"
      let common = (0..<3).map { network.perceptron(shared, "\(path)/shared/\($0)") }
      let specific = own.enumerated().map { objective, input in
        (0..<2).map { network.perceptron(input, "\(path)/specific/\(objective)/\($0)") }
      }
      let weights = gate(shared, "\(path)/sharedGate/weight")
      let next = own.enumerated().map { objective, input in
        NaiveNetwork.mixture(
          gate(input, "\(path)/gates/\(objective)/weight"), specific[objective] + common)
      }
      shared = NaiveNetwork.mixture(weights, specific.flatMap { $0 } + common)
      own = next
    }
    let path = "levels/\(levelCount - 1)"
    let common = (0..<3).map { network.perceptron(shared, "\(path)/shared/\($0)") }
    let place = isFlat ? "/scenario/\(part)" : ""
    return problem.tasks.enumerated().map { task, named in
      let input = own[part * taskCount + task]
      let specific = (0..<2).map {
        network.perceptron(input, "\(path)/specific/\(named.name)\(place)/\($0)")
      }
      let weights = gate(input, "\(path)/gates/\(named.name)\(place)/weight")
      return network.tower(
        NaiveNetwork.mixture(weights, specific + common), "towers/\(named.name)\(place)")
    }
  }

  private func gate(_ x: Vector, _ name: String) -> Vector {
    NaiveNetwork.softmax(network.linear(x, name))
  }
}
