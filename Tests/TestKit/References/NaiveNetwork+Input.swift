import Layers
import Ranking

extension NaiveNetwork {
  /// Returns the input x of a row, from the weights under a path.
  public func input(
    _ row: InMemoryRows.Row, of problem: Problem, _ settings: InputHyperparameters,
    at path: String = "input"
  ) throws -> Vector {
    let x = try embeddings(
      row, of: problem, settings, size: settings.embeddingSize, at: path
    ).flatMap { $0 }
    let columns = try numericalColumns(row, settings, at: path)
    let isField = settings.numericalInput == .field && !columns.isEmpty
    return try x + (isField ? linear(columns, "\(path)/numericals") : columns)
  }

  /// Returns the vector of every single-valued feature, level of the scenario tree and multi-valued feature of a
  /// row, from the table under a path.
  public func embeddings(
    _ row: InMemoryRows.Row, of problem: Problem, _ settings: InputHyperparameters, size: Int,
    at path: String
  ) throws -> [Vector] {
    let tree = problem.scenarios
    let table = "\(path)/table"
    var vectors: [Vector] = []
    var start = 0
    for (field, id) in zip(problem.fields, row.ids) {
      vectors.append(try self.row(start + Int(id), of: table))
      start += field.vocabularySize
    }
    if settings.scenarioFeature {
      for level in tree.levels.indices {
        vectors.append(try self.row(start + tree.leaves[Int(row.leaf)][level], of: table))
        start += tree.levels[level].values.count
      }
    }
    for (bag, ids) in zip(problem.bags, row.bags) {
      let values = try ids.map { try self.row(start + Int($0), of: table) }
      vectors.append(
        (0..<size).map { column in
          values.isEmpty ? 0 : values.reduce(0) { $0 + $1[column] } / Double(values.count)
        })
      start += bag.vocabularySize
    }
    return vectors
  }

  /// Returns the columns of a row's numerical features, from the weights under a path.
  public func numericalColumns(
    _ row: InMemoryRows.Row, _ settings: InputHyperparameters, at path: String
  ) throws -> Vector {
    switch settings.numericalEncoding {
    case .raw: try numericalColumns(row, encodedAs: .raw, "\(path)/quantiles")
    case .quantile: try numericalColumns(row, encodedAs: .quantile, "\(path)/quantiles")
    case .piecewiseLinear:
      try numericalColumns(row, encodedAs: .piecewiseLinear, "\(path)/quantiles")
    case .periodic:
      try row.numericals.enumerated().flatMap { feature, number in
        let angles = try self.row(feature, of: "\(path)/periodic/frequencies")
          .map { 2 * Double.pi * $0 * Double(number) }
        let waves = angles.map(\.cosine) + angles.map(\.sine)
        return try zip(
          linear(waves, "\(path)/periodic/weight"), self.row(0, of: "\(path)/periodic/bias")
        ).map { max(0, $0 + $1) }
      }
    }
  }

  /// Returns the columns of a row's numerical features.
  ///
  /// - Parameter quantiles: The name of the bounds of the bins, one row per feature.
  public func numericalColumns(
    _ row: InMemoryRows.Row, encodedAs encoding: FixedNumericalEncoding, _ quantiles: String
  ) throws -> Vector {
    try row.numericals.enumerated().flatMap { feature, number -> Vector in
      if encoding == .raw { return [Double(number)] }
      let bounds = try self.row(feature, of: quantiles)
      let count = bounds.count - 1
      let shares = (1...count).map { bin -> Double in
        let (low, high) = (bounds[bin - 1], bounds[bin])
        if high == low { return Double(number) >= high ? 1 : 0 }
        let share = (Double(number) - low) / (high - low)
        let fromBelow = bin == 1 ? share : max(0, share)
        return bin == count ? fromBelow : min(1, fromBelow)
      }
      if encoding == .piecewiseLinear { return shares }
      let mean = shares.reduce(0, +) / Double(count)
      return [Double(12).squareRoot() * (min(1, max(0, mean)) - 0.5)]
    }
  }
}

extension InMemoryRows.Row {
  /// The end of the name of what is private to the row's scenario: `/scenario/2` for a row of leaf 2 on the
  /// flat axis, and nothing where all rows share it.
  public func place(on axis: ScenarioAxis, in problem: Problem) -> String {
    axis == .flat && problem.scenarios.leafCount > 1 ? "/scenario/\(leaf)" : ""
  }
}
