import Baselines
import Ranking
import TestKit

/// The sum of the weights of what a row has: one weight per id, level and numerical column, bags as means.
struct NaiveLogisticRegression: NaiveReference {
  typealias Model = LogisticRegression

  let settings: Model.Hyperparameters
  let problem: Problem
  let network: NaiveNetwork

  func logits(of row: InMemoryRows.Row) throws -> [Double] {
    let (features, count) = try features(of: row)
    let isOwn = settings.scenarioWeights && problem.scenarios.leafCount > 1
    let starts = isOwn ? [0, (1 + Int(row.leaf)) * count] : [0]
    var sums = [Double](repeating: 0, count: problem.tasks.count)
    for start in starts {
      for (feature, value) in features {
        let weights = try network.row(start + feature, of: "weights")
        for task in sums.indices { sums[task] += value * weights[task] }
      }
    }
    return sums
  }

  /// Returns the features of a row with their values, and how many features there are.
  private func features(of row: InMemoryRows.Row) throws -> ([(Int, Double)], count: Int) {
    let tree = problem.scenarios
    var features = [(0, 1.0)]
    var next = 1
    for (field, id) in zip(problem.fields, row.ids) {
      features.append((next + Int(id), 1))
      next += field.vocabularySize
    }
    if settings.scenarioFeature {
      for (level, scenario) in zip(tree.levels, tree.leaves[Int(row.leaf)]) {
        features.append((next + scenario, 1))
        next += level.values.count
      }
    }
    for (bag, ids) in zip(problem.bags, row.bags) {
      for id in ids { features.append((next + Int(id), 1 / Double(ids.count))) }
      next += bag.vocabularySize
    }
    let columns = try network.numericalColumns(
      row, encodedAs: settings.numericalEncoding, "quantiles")
    for value in columns {
      features.append((next, value))
      next += 1
    }
    return (features, next)
  }
}
