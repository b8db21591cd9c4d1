import AESM2
import Ranking
import TestKit

/// The levels of the scenario tree in turn, then the task layers of every task; or the other way round.
struct NaiveAESM2: NaiveReference {
  typealias Model = AESM2
  typealias Vector = [Double]

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  /// What layers read: of the row, or of one of its tasks.
  private struct Flow {
    var z: Vector
    var indicator: Vector = []
  }

  func logits(of row: InMemoryRows.Row) throws -> Vector {
    var flows = [Flow(z: try network.input(row, of: problem, settings.input))]
    if settings.order == .tasksFirst, settings.scenarioLayerCount > 0, settings.taskLayerCount > 0 {
      flows = try throughTasks(flows[0], row)
      flows = try flows.map { try throughScenarios($0, row) }
    } else {
      flows = try throughTasks(try throughScenarios(flows[0], row), row)
    }
    return try zip(problem.tasks, flows).map { task, flow in
      try network.tower(flow.z, "towers/\(task.name)", settings.towers.activation)
    }
  }

  private func throughScenarios(_ flow: Flow, _ row: InMemoryRows.Row) throws -> Flow {
    var flow = flow
    let leaf = Int(row.leaf)
    let scenarios = settings.flatScenarios ? [leaf] : problem.scenarios.leaves[leaf]
    for (level, scenario) in scenarios.enumerated() {
      flow.indicator += try network.row(scenario, of: "indicators/scenario/\(level)/table")
      for depth in 0..<settings.scenarioLayerCount {
        let layer = NaiveSelectionLayer(
          network: network, path: "scenario/\(level)/\(depth)", settings: settings,
          gateCount: settings.flatScenarios
            ? problem.scenarios.leafCount : problem.scenarios.levels[level].values.count,
          expertCount: settings.scenarioExpertCount,
          specificCount: settings.scenarioSpecificCount,
          sharedCount: settings.scenarioSharedCount)
        flow.z = try layer(
          [flow.z], indicator: [flow.indicator], own: [scenario], ids: row.ids
        ).mixed[0]
      }
    }
    return flow
  }

  private func throughTasks(_ flow: Flow, _ row: InMemoryRows.Row) throws -> [Flow] {
    guard settings.taskLayerCount > 0 else { return problem.tasks.map { _ in flow } }
    var flows = try problem.tasks.indices.map { task in
      Flow(
        z: flow.z,
        indicator: try flow.indicator + network.row(task, of: "indicators/task/table"))
    }
    for depth in 0..<settings.taskLayerCount {
      let layer = NaiveSelectionLayer(
        network: network, path: "task/\(depth)", settings: settings,
        gateCount: problem.tasks.count, expertCount: settings.taskExpertCount,
        specificCount: settings.taskSpecificCount, sharedCount: settings.taskSharedCount)
      let shares = try flows.enumerated().map { task, flow in
        NaiveNetwork.softmax(try layer.logits(flow.z, flow.indicator)[task])
      }
      let pooled = NaiveNetwork.mixture(shares.map { _ in 1 / Double(shares.count) }, shares)
      for task in flows.indices {
        flows[task].z = try layer(
          [flows[task].z], indicator: [flows[task].indicator], own: [task], ids: row.ids,
          pooledShares: pooled
        ).mixed[0]
      }
    }
    return flows
  }
}
