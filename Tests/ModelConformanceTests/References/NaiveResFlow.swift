import Baselines
import Ranking
import TestKit

/// h_{t,l} = f_{t,l}(h_{t,l-1}) + h_{f,l}, logit_t = tower_t(h_{t,L}) + logit_f, with f the task that t follows.
struct NaiveResFlow: NaiveReference {
  typealias Model = ResFlow

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let place = row.place(on: settings.axis, in: problem)
    return try problem.tasks.map { try flow($0, x, place).logit }
  }

  /// Returns the state of a task after every layer, and its log-odds.
  private func flow(
    _ task: RankingTask, _ x: [Double], _ place: String
  ) throws -> (states: [[Double]], logit: Double) {
    let followed = try problem.tasks.first { $0.name == task.follows }
      .map { try flow($0, x, place) }
    var states: [[Double]] = []
    for depth in settings.networkSizes.indices {
      var h = try network.perceptron(
        states.last ?? x, "networks/\(depth)/\(task.name)\(place)", settings.towers.activation)
      if let followed, !settings.logitsOnly { h = zip(h, followed.states[depth]).map(+) }
      states.append(h)
    }
    let own = try network.tower(
      states.last ?? x, "towers/\(task.name)\(place)", settings.towers.activation)
    return (states, own + (followed?.logit ?? 0))
  }
}
