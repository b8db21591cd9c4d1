import Baselines
import Ranking
import TestKit

/// Layers f(h (W + scale · A_s B_s) + b), one network or several mixed by one gate per task.
struct NaiveMLoRA: NaiveReference {
  typealias Model = MLoRA

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let place = row.place(on: .flat, in: problem)
    let isMixture = settings.trunk == .mmoe
    let outputs =
      isMixture
      ? try (0..<settings.expertCount).map {
        try adapted(x, "experts/\($0)", "adapters/\($0)", place)
      } : [try adapted(x, "bottom", "adapters", place)]
    return try problem.tasks.enumerated().map { number, task in
      var h = outputs[0]
      if isMixture {
        let gates = try network.linear(x, "gates/weight")
        let start = number * outputs.count
        h = NaiveNetwork.mixture(
          NaiveNetwork.softmax(Array(gates[start..<start + outputs.count])), outputs)
      }
      return try network.tower(h, "towers/\(task.name)", settings.towers.activation)
    }
  }

  private func adapted(
    _ x: [Double], _ path: String, _ adapters: String, _ place: String
  ) throws -> [Double] {
    var h = x
    for depth in settings.networkSizes.indices {
      let own = "\(adapters)/\(depth)\(place)"
      let term = try network.linear(network.linear(h, "\(own)/left"), "\(own)/right")
      var sums = zip(try network.linear(h, "\(path)/layer\(depth)/weight"), term).map {
        $0 + settings.adapterScale * $1
      }
      sums =
        settings.towers.batchNorm
        ? try network.normalized(sums, "\(path)/layer\(depth)/norm")
        : zip(sums, try network.row(0, of: "\(path)/layer\(depth)/bias")).map(+)
      h = sums.map { NaiveNetwork.activated($0, by: settings.towers.activation) }
    }
    return h
  }
}
