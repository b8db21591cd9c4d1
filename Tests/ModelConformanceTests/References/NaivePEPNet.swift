import Baselines
import Ranking
import TestKit

/// logit_o = tower_o(f(δ ⊙ x)), δ = 2 σ(relu([e; x] W₁ + b₁) W₂ + b₂).
struct NaiveEPNet: NaiveReference {
  typealias Model = EPNet

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    let gated = try network.domainGated(x, of: row, problem, settings.input)
    let h = try network.perceptron(gated, "bottom", settings.towers.activation)
    return try problem.tasks.map { task in
      try network.tower(
        h, "towers/\(task.name)" + row.place(on: settings.axis, in: problem),
        settings.towers.activation)
    }
  }
}

/// h_{l+1} = f((δ_l ⊙ h_l) W_l + b_l) from h_0 = x, logit = tower(δ_L ⊙ h_L).
struct NaivePPNet: NaiveReference {
  typealias Model = PPNet

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    return try network.personalized(
      x, prior: network.columns(of: [.user, .item], in: x, problem, settings.input),
      settings.personalized, settings.towers, row.place(on: settings.axis, in: problem), problem)
  }
}

/// The same from h_0 = δ ⊙ x.
struct NaivePEPNet: NaiveReference {
  typealias Model = PEPNet

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let x = try network.input(row, of: problem, settings.input)
    return try network.personalized(
      network.domainGated(x, of: row, problem, settings.input),
      prior: network.columns(of: [.user, .item], in: x, problem, settings.input),
      settings.personalized, settings.towers, row.place(on: settings.axis, in: problem), problem)
  }
}

extension NaiveNetwork {
  /// 2 σ(relu(u W₁ + b₁) W₂ + b₂).
  fileprivate func gateUnit(_ u: Vector, _ path: String) throws -> Vector {
    try zip(linear(perceptron(u, "\(path)/squeeze"), "\(path)/weight"), row(0, of: "\(path)/bias"))
      .map { 2 * Self.activated($0 + $1, by: .sigmoid) }
  }

  fileprivate func domainGated(
    _ x: Vector, of row: InMemoryRows.Row, _ problem: Problem, _ input: InputHyperparameters
  ) throws -> Vector {
    let known = try self.row(Int(row.leaf), of: "indicators/table")
    let priors = columns(of: [.scenarioPrior], in: x, problem, input)
    return zip(try gateUnit(known + priors + x, "domainGate"), x).map(*)
  }

  fileprivate func personalized(
    _ x: Vector, prior: Vector, _ settings: PersonalizedHyperparameters,
    _ towers: TowerHyperparameters, _ place: String, _ problem: Problem
  ) throws -> [Double] {
    let depths = settings.networkSizes.count
    return try problem.tasks.enumerated().map { number, task in
      var h = x
      for depth in 0...depths {
        if depth > 0 || settings.gatesInput {
          let factors = try gateUnit(prior + x, "gates/\(depth)")
          h = h.indices.map { h[$0] * factors[number * h.count + $0] }
        }
        if depth < depths {
          h = try perceptron(h, "networks/\(depth)/\(task.name)\(place)", towers.activation)
        }
      }
      return try tower(h, "towers/\(task.name)\(place)", towers.activation)
    }
  }

  /// The columns of x of features with some roles: single-valued features, bags, numbers.
  fileprivate func columns(
    of roles: [FeatureRole], in x: Vector, _ problem: Problem, _ input: InputHyperparameters
  ) -> Vector {
    func has(_ name: String) -> Bool { problem.roles?[name].map(roles.contains) ?? false }
    let size = input.embeddingSize
    let levels = input.scenarioFeature ? problem.scenarios.depth : 0
    var result: Vector = []
    for (index, field) in problem.fields.enumerated() where has(field.name) {
      result += x[index * size..<(index + 1) * size]
    }
    for (index, bag) in problem.bags.enumerated() where has(bag.name) {
      let start = (problem.fields.count + levels + index) * size
      result += x[start..<start + size]
    }
    let first = (problem.fields.count + levels + problem.bags.count) * size
    let width = problem.numericals.isEmpty ? 0 : (x.count - first) / problem.numericals.count
    for (index, name) in problem.numericals.enumerated() where has(name) {
      result += x[first + index * width..<first + (index + 1) * width]
    }
    return result
  }
}
