import Baselines
import Ranking
import TestKit

/// Anchors predicted from the input scale the input, add to the layers of experts and mix them.
struct NaiveHyperGate: NaiveReference {
  typealias Model = HyperGate

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    var x = try network.input(row, of: problem, settings.input)
    let z = withoutScenario(x)
    let activation = settings.towers.activation
    var control: [Double] = []
    if settings.gatesInput || settings.biasesExperts || settings.gatesFusion {
      control = try predicted(z, "scenario")
      if problem.scenarios.leafCount > 1 {
        control += try network.row(Int(row.leaf), of: "scenario/anchors")
      }
    }
    if settings.gatesInput {
      let sums = try affine(network.perceptron(control, "inputGate/squeeze"), "inputGate")
      x = x.indices.map { 2 * NaiveNetwork.activated(sums[$0], by: .sigmoid) * x[$0] }
    }
    let experts = try (0..<settings.expertCount).map { try expert($0, x, control) }
    return try problem.tasks.enumerated().map { number, task in
      var asked = x
      if settings.gatesFusion {
        asked = try predicted(z, "task") + network.row(number, of: "task/anchors") + control
      }
      let gate = "fusion/\(task.name)"
      let weights = NaiveNetwork.softmax(try affine(network.perceptron(asked, gate), gate))
      return try network.tower(
        NaiveNetwork.mixture(weights, experts),
        "towers/\(task.name)" + row.place(on: settings.axis, in: problem), activation)
    }
  }

  /// x without the embeddings of the scenario, which follow those of the single-valued features.
  private func withoutScenario(_ x: [Double]) -> [Double] {
    guard settings.input.scenarioFeature else { return x }
    let start = problem.fields.count * settings.input.embeddingSize
    let width = problem.scenarios.depth * settings.input.embeddingSize
    return Array(x[..<start] + x[(start + width)...])
  }

  private func affine(_ x: [Double], _ path: String) throws -> [Double] {
    zip(try network.linear(x, "\(path)/weight"), try network.row(0, of: "\(path)/bias")).map(+)
  }

  private func predicted(_ z: [Double], _ path: String) throws -> [Double] {
    try affine(network.perceptron(z, "\(path)/hidden", settings.towers.activation), path)
  }

  private func expert(_ number: Int, _ x: [Double], _ control: [Double]) throws -> [Double] {
    let activation = settings.towers.activation
    var h = x
    for depth in settings.expertSizes.indices {
      let place = "experts/\(number)/layer\(depth)"
      var sums = try network.linear(h, "\(place)/weight")
      if !settings.towers.batchNorm {
        sums = zip(sums, try network.row(0, of: "\(place)/bias")).map(+)
      }
      if settings.biasesExperts {
        let term = "terms/\(depth)"
        sums = zip(
          sums, try affine(network.perceptron(control, "\(term)/hidden", activation), term)
        ).map(+)
      }
      if settings.towers.batchNorm { sums = try network.normalized(sums, "\(place)/norm") }
      h = sums.map { NaiveNetwork.activated($0, by: activation) }
    }
    return h
  }
}
