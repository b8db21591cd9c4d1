import Experiments
import Training

extension ReportContent {
  /// The headline metric against a cost of every row that is trained here; nil without such rows.
  func quality(
    against cost: String, _ value: (RunRecord) -> Double?
  ) throws -> CostPlot? {
    guard let metric = rankedMetrics.first else { return nil }
    let name = MetricName(metric, .macro)
    let marks = try rows.enumerated().compactMap { place, row -> CostPlot.Mark? in
      guard !row.isExternal, let quality = Summary(try row.values(name)),
        let cost = Summary(row.records.compactMap(value))
      else { return nil }
      return CostPlot.Mark(
        label: row.label, cost: cost.mean, quality: quality.mean, interval: interval(quality),
        place: place)
    }
    guard marks.count > 1 else { return nil }
    return CostPlot(
      title: "\(metric.title) against \(cost)", costLabel: cost,
      qualityLabel: "\(name) (\(metric.direction))",
      higherIsBetter: metric.higherIsBetter != false, marks: marks)
  }
}

extension ReportSection {
  /// The headline metric against parameters, operations and seconds of training.
  static let qualityAndCost = ReportSection { content in
    let caption =
      "Mean over tasks and scenarios, "
      + (content.hasIntervals
        ? "and over the seeds with its 95 % interval. " : "of the one seed. ")
      + "The dashed line goes through the rows of which no other is at least as good at no greater cost."
    let figures = [
      (try content.quality(against: "parameters") { Double($0.parameterCount) }, "parameters"),
      (
        try content.quality(against: "floating-point operations to score a row") {
          $0.work?.forwardOperationsPerRow
        }, "flops"
      ),
      (
        try content.quality(against: "seconds of training per run") { $0.trainingSeconds },
        "seconds"
      ),
    ].compactMap { plot, name in
      plot.flatMap { ReportFigure($0, name: "quality-\(name)", caption: caption) }
    }
    return figures.isEmpty ? [] : [.heading(level: 2, "Quality and cost")] + titled(figures)
  }
}
