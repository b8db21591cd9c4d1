import Training

/// The difference of two models' AUCs on a task, with the error that comes from the finite test set:
/// what other rows like these would have given the models as they are.
///
/// With several seeds, the AUC of a model is the mean over its runs. The rows of different scenarios
/// are taken to be independent; where rows have groups, such as users, ``Cell/byGroup`` resamples
/// groups with all of their rows instead.
package struct AreaComparison: Sendable {
  /// The rows of one scenario, or a summary of all.
  package struct Cell: Sendable, Equatable {
    /// The difference.
    package let difference: Double
    /// The difference with its standard error, after DeLong; nil where rows have fewer than two of a
    /// class, and for a mean over scenarios one of which does.
    package let delong: NormalEstimate?
    /// The 95 % interval over resampled groups; nil for fewer than two groups.
    package let byGroup: ClosedRange<Double>?
  }

  /// Every scenario; nil where rows have one class only.
  package let scenarios: [Cell?]
  /// The mean over the scenarios that are not nil.
  package let macro: Cell?
  /// The rows of all scenarios.
  package let pooled: Cell?
  /// The number of groups; nil if rows have none.
  package let groupCount: Int?

  /// Compares scores of the same rows: `[seed]` of each model.
  ///
  /// - Parameters:
  ///   - first: The runs of the first model.
  ///   - second: The runs of the second model.
  ///   - scenarioCount: The number of scenarios.
  ///   - replicates: The number of bootstrap samples of groups.
  ///   - seed: Their seed.
  /// - Precondition: both have runs, on the same rows.
  package init(
    first: [ScoredRows], second: [ScoredRows], scenarioCount: Int, replicates: Int = 1000,
    seed: UInt64 = 0
  ) {
    let rows = first[0]
    func areas(_ places: [Int]) -> (value: Double, delong: NormalEstimate?)? {
      func mean(_ runs: [ScoredRows]) -> Placements? {
        let labels = places.map { rows.labels[$0] }
        let all = runs.compactMap { run in
          Placements(scores: places.map { run.scores[$0] }, labels: labels)
        }
        return Placements.mean(all)
      }
      guard let a = mean(first), let b = mean(second) else { return nil }
      return (a.area - b.area, a.difference(from: b))
    }
    let groupCount = rows.groups.map { Set($0).count }
    self.groupCount = groupCount
    let samples = rows.groups.flatMap { groups -> [Sample]? in
      guard let groupCount, groupCount > 1 else { return nil }
      return Self.samples(
        first: first, second: second, groups: groups, scenarioCount: scenarioCount,
        replicates: replicates, seed: seed)
    }
    func cell(
      _ found: (value: Double, delong: NormalEstimate?)?, _ value: (Sample) -> Double?
    ) -> Cell? {
      found.map { found in
        let values = samples.map { $0.compactMap(value) } ?? []
        return Cell(
          difference: found.value, delong: found.delong,
          byGroup: values.isEmpty ? nil : percentileInterval(values))
      }
    }
    var places = [[Int]](repeating: [], count: scenarioCount)
    for (row, scenario) in rows.scenarios.enumerated() { places[Int(scenario)].append(row) }
    let found = places.map(areas)
    scenarios = found.enumerated().map { index, found in cell(found) { $0.scenarios[index] } }
    let defined = found.compactMap { $0 }
    let estimates = defined.compactMap(\.delong)
    let mean = Summary(defined.map(\.value))?.mean
    macro = cell(
      mean.map { mean in
        let isComplete = estimates.count == defined.count
        return (mean, isComplete ? NormalEstimate.mean(ofIndependent: estimates) : nil)
      }
    ) { Summary($0.scenarios.compactMap { $0 })?.mean }
    pooled = cell(areas(Array(rows.labels.indices))) { $0.pooled }
  }

  /// The differences in one replicate.
  private struct Sample {
    let scenarios: [Double?]
    let pooled: Double?
  }

  private static func samples(
    first: [ScoredRows], second: [ScoredRows], groups: [Int32], scenarioCount: Int,
    replicates: Int, seed: UInt64
  ) -> [Sample] {
    let bootstrap = AreaBootstrap(
      labels: first[0].labels, scenarios: first[0].scenarios, scenarioCount: scenarioCount,
      clusters: groups)
    return bootstrap.replicates(
      scores: (first + second).map(\.scores), count: replicates, seed: seed
    ).map { areas in
      func difference(_ value: (AreaBootstrap.Areas) -> Double?) -> Double? {
        let values = areas.map(value)
        // A replicate has the same rows for all models: a class that one lacks, all lack.
        guard let a = Summary(values.prefix(first.count).compactMap { $0 }),
          let b = Summary(values.dropFirst(first.count).compactMap { $0 })
        else { return nil }
        return a.mean - b.mean
      }
      return Sample(
        scenarios: (0..<scenarioCount).map { index in difference { $0.scenarios[index] } },
        pooled: difference(\.pooled))
    }
  }
}
