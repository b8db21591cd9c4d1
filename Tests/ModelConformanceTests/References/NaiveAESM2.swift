import AESM2
import Ranking
import TestKit

/// The levels of the scenario tree in turn, then the task layers of every task.
struct NaiveAESM2: NaiveReference {
  typealias Model = AESM2
  typealias Vector = [Double]

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> Vector {
    var z = try network.input(row, of: problem, settings.input)
    var indicator: Vector = []
    for (level, scenario) in problem.scenarios.leaves[Int(row.leaf)].enumerated() {
      indicator += try network.row(scenario, of: "indicators/scenario/\(level)/table")
      for depth in 0..<settings.scenarioLayerCount {
        let layer = NaiveSelectionLayer(
          network: network, path: "scenario/\(level)/\(depth)", settings: settings,
          gateCount: problem.scenarios.levels[level].values.count,
          expertCount: settings.scenarioExpertCount,
          specificCount: settings.scenarioSpecificCount,
          sharedCount: settings.scenarioSharedCount)
        z = try layer([z], indicator: [indicator], own: [scenario]).mixed[0]
      }
    }
    return try problem.tasks.enumerated().map { number, task in
      let seen = try indicator + network.row(number, of: "indicators/task/table")
      var o = z
      for depth in 0..<settings.taskLayerCount {
        let layer = NaiveSelectionLayer(
          network: network, path: "task/\(depth)", settings: settings,
          gateCount: problem.tasks.count, expertCount: settings.taskExpertCount,
          specificCount: settings.taskSpecificCount, sharedCount: settings.taskSharedCount)
        o = try layer([o], indicator: [seen], own: [number]).mixed[0]
      }
      return try network.tower(o, "towers/\(task.name)", settings.towers.activation)
    }
  }
}
