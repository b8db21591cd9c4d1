import Baselines
import Ranking
import TestKit

/// logit_{t,p} = tower_{t,p}([FCN_p(PN_p(x)); a([x; e_p])]); weights and scales of scenario p are shared ones times
/// its own, biases and shifts shared ones plus its own.
struct NaiveStar: NaiveReference {
  typealias Model = Star

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let place = row.place(on: .flat, in: problem)
    let activation = settings.towers.activation
    let x = try network.input(row, of: problem, settings.input)
    var h = try partitionNormalized(x, "norm", place)
    for depth in settings.networkSizes.indices {
      let path = "layers/\(depth)"
      var sums = try starProduct(h, path, place)
      if settings.towers.batchNorm {
        sums = try partitionNormalized(sums, path + "/norm", place)
      } else {
        let bias = try network.row(0, of: "\(path)/bias")
        let ownBias = try network.row(0, of: "\(path)/own\(place)/bias")
        sums = sums.indices.map { sums[$0] + bias[$0] + ownBias[$0] }
      }
      h = sums.map { NaiveNetwork.activated($0, by: activation) }
    }
    let indicator = try network.row(Int(row.leaf), of: "indicators/table")
    let correction = try network.perceptron(x + indicator, "auxiliary", activation)
    return try problem.tasks.map { task in
      try network.tower(h + correction, "towers/\(task.name)\(place)", activation)
    }
  }

  private func partitionNormalized(
    _ x: [Double], _ path: String, _ place: String
  ) throws -> [Double] {
    let own = "\(path)/own\(place)"
    let (scale, shift) = (
      try network.row(0, of: path + "/scale"), try network.row(0, of: path + "/shift")
    )
    let (ownScale, ownShift) = (
      try network.row(0, of: own + "/scale"), try network.row(0, of: own + "/shift")
    )
    let (mean, variance) = (
      try network.row(0, of: own + "/runningMean"), try network.row(0, of: own + "/runningVariance")
    )
    return x.indices.map { i in
      let z = (x[i] - mean[i]) / (variance[i] + 1e-5).squareRoot()
      return scale[i] * ownScale[i] * z + shift[i] + ownShift[i]
    }
  }

  private func starProduct(_ x: [Double], _ path: String, _ place: String) throws -> [Double] {
    var y: [Double] = []
    for (input, value) in x.enumerated() {
      let weight = try network.row(input, of: "\(path)/weight")
      let ownWeight = try network.row(input, of: "\(path)/own\(place)/weight")
      if y.isEmpty { y = weight.map { _ in 0 } }
      for output in y.indices { y[output] += value * weight[output] * ownWeight[output] }
    }
    return y
  }
}
