import Baselines
import Ranking
import TestKit

/// h_{l+1} = f((π_l ⊙ h_l) W_l + b_l), logit = tower(π_L ⊙ h_L), π_l of [e_s; h_l] V_l; at the
/// beginning of training, α is 0.1, or 5 without growth.
struct NaiveAdaSparse: NaiveReference {
  typealias Model = AdaSparse

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let indicator = try network.row(Int(row.leaf), of: "indicators/table")
    var h = try network.input(row, of: problem, settings.input)
    for depth in 0...settings.bottomSizes.count {
      let v = try network.linear(indicator + h, "pruners/\(depth)/weight")
      h = h.indices.map { factor(v[$0]) * h[$0] }
      if depth < settings.bottomSizes.count {
        h = try network.perceptron(h, "bottom/\(depth)", settings.towers.activation)
      }
    }
    return try problem.tasks.map { task in
      try network.tower(
        h, "towers/\(task.name)" + row.place(on: settings.axis, in: problem),
        settings.towers.activation)
    }
  }

  private func factor(_ v: Double) -> Double {
    let slope = settings.growthEpochs > 0 ? 0.1 : 5
    let steep = NaiveNetwork.activated(slope * v, by: .sigmoid)
    switch settings.pruning {
    case .scaling: return 2 * NaiveNetwork.activated(v, by: .sigmoid)
    case .fusion: return 2 * steep < settings.threshold ? 0 : 2 * steep
    case .binarization: return steep < settings.threshold ? 0 : 1
    }
  }
}
