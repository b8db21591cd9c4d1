import Experiments
import Training

extension ReportContent {
  /// The performance profiles of all rows: the share of cells and seeds whose skill is above a
  /// threshold, every cell with equal weight.
  ///
  /// Skill makes cells comparable: 0 for an AUC of .5, and 1 for the best reachable one, or else for 1.
  /// Bands are 95 % percentile intervals of a bootstrap that draws seeds within every cell. Rows that
  /// lack a seed, and cells that a row lacks, are left out; nil for fewer than two rows or three cells.
  func profiles() throws -> LineChart? {
    guard specification.metrics.contains(.auc), specification.seeds.count > 1 else { return nil }
    let cells = tasks.flatMap { task in
      scenarios.map { MetricName(.auc, .cell(task: task, scenario: $0)) }
    }
    let complete = rows.enumerated().filter { $0.element.missingRepetitions == 0 }
    let skills = try complete.map { _, row in
      try cells.map { cell -> [Double]? in
        let values = try row.values(cell)
        let scale = SkillScale(floor: 0.5, ceiling: ceiling(cell) ?? 1)
        guard values.count == specification.seeds.count, let scale else { return nil }
        return values.map(scale.skill)
      }
    }
    let defined = cells.indices.filter { cell in skills.allSatisfy { $0[cell] != nil } }
    let all = skills.map { row in defined.compactMap { row[$0] } }
    let values = all.joined().joined()
    guard all.count > 1, defined.count > 2, let low = values.min(), let high = values.max(),
      low < high
    else { return nil }
    let thresholds = (0...Self.steps).map { low + (high - low) * Double($0) / Double(Self.steps) }
    let lines = zip(complete, all).compactMap { row, scores in
      profile(of: scores, at: thresholds).map {
        LineChart.Line(label: row.element.label, points: $0, place: row.offset)
      }
    }
    return .performanceProfile(title: "Performance profiles", score: "skill", lines)
  }

  private static let steps = 40

  private func profile(of scores: [[Double]], at thresholds: [Double]) -> [LineChart.Point]? {
    guard let shares = ScoreAggregates(scores)?.profile(at: thresholds) else { return nil }
    let samples = Resampling(count: 500).samples(ofStrata: [scores]) { tables in
      ScoreAggregates(tables[0])?.profile(at: thresholds) ?? shares
    }
    return thresholds.indices.map { index in
      let band = percentileInterval(samples.map { $0[index] })
      return LineChart.Point(
        x: thresholds[index], y: shares[index], low: band.lowerBound, high: band.upperBound)
    }
  }
}

extension ReportSection {
  /// The performance profiles of all rows as one figure.
  static let profiles = ReportSection { content in
    guard let chart = try content.profiles(),
      let figure = ReportFigure(
        chart, name: "profiles",
        caption:
          "The share of cells and seeds on the test split whose skill is above a threshold, every "
          + "cell with equal weight; the further to the right, the better. Skill is 0 for an AUC of .5 and "
          + "1 for \(content.ceilings == nil ? "an AUC of 1" : "the best reachable one"). Band: 95 % "
          + "bootstrap interval, seeds drawn within each cell (500 samples, seed 0); it holds for these "
          + "cells.")
    else { return [] }
    return [.heading(level: 2, "Performance profiles"), .figure(figure)]
  }
}

extension LineChart {
  /// Returns a performance profile: for every row, the share of its results above a score, with
  /// its interval, against the score (Agarwal et al., "Deep Reinforcement Learning at the Edge of
  /// the Statistical Precipice", NeurIPS 2021).
  ///
  /// - Parameter profiles: The rows, with points from left to right: x is a score τ, y the share
  ///   of results above it, from 0 to 1.
  package static func performanceProfile(
    title: String, score: String, _ profiles: [Line]
  ) -> LineChart {
    LineChart(
      title: title, xLabel: score, yLabel: "share of results above this score",
      lines: profiles, shape: .steps, yRange: 0...1)
  }
}
