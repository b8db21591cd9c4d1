import Reporting

/// A figure of every kind, as its golden files show it.
let figureSamples: [(name: String, figure: any Figure)] = [
  ("learning-curves", learningCurves), ("performance-profile", performanceProfile),
  ("budget-curve", budgetCurve), ("intervals", intervals), ("labeled-intervals", labeledIntervals),
  ("selection", selection),
  ("seesaw", seesaw), ("critical-difference", criticalDifference),
  ("quality-and-cost", qualityAndCost), ("search", search),
]

private let labels = ["Shared-Bottom", "MMoE", "PLE", "AESM²"]

/// A line through points with bands of the given halves.
private func line(_ label: String, _ points: [(x: Double, y: Double, half: Double)])
  -> LineChart.Line
{
  LineChart.Line(
    label: label,
    points: points.map {
      LineChart.Point(x: $0.x, y: $0.y, low: $0.y - $0.half, high: $0.y + $0.half)
    })
}

private let learningCurves = LineChart(
  title: "Learning curves", xLabel: "epoch", yLabel: "validation auc/macro",
  lines: [
    line(
      "Shared-Bottom", [(1, 0.71, 0.004), (2, 0.72, 0.004), (3, 0.726, 0.003), (4, 0.728, 0.002)]),
    line("MMoE", [(1, 0.70, 0.006), (2, 0.722, 0.005), (3, 0.731, 0.004), (4, 0.733, 0.003)]),
    line("PLE", [(1, 0.715, 0.003), (2, 0.729, 0.003), (3, 0.727, 0.004)]),
  ])

private let performanceProfile = LineChart.performanceProfile(
  title: "Performance profile", score: "AUC",
  [
    line(
      "MMoE", [(0.70, 1, 0), (0.71, 0.8, 0.1), (0.72, 0.5, 0.12), (0.73, 0.2, 0.1), (0.74, 0, 0)]),
    line(
      "AESM²",
      [(0.70, 1, 0), (0.71, 0.9, 0.08), (0.72, 0.7, 0.1), (0.73, 0.4, 0.12), (0.74, 0.1, 0.1)]),
  ])

private let budgetCurve = LineChart.budgetCurve(
  title: "Expected best score by budget", score: "auc/macro",
  [
    line(
      "PLE",
      [(1, 0.70, 0.01), (2, 0.71, 0.007), (8, 0.716, 0.003), (32, 0.718, 0.001), (64, 0.7183, 0)]),
    line(
      "AESM²",
      [(1, 0.695, 0.015), (2, 0.708, 0.01), (8, 0.718, 0.004), (32, 0.721, 0.001), (64, 0.7215, 0)]),
  ])

private func mark(_ row: Int, _ value: Double, _ half: Double) -> IntervalPlot.Mark {
  IntervalPlot.Mark(row: row, value: value, interval: value - half...value + half)
}

private let intervals = IntervalPlot(
  title: "AUC of click", valueLabel: "AUC (higher is better)", rows: labels,
  groups: [
    .init(
      label: "NL", isScenario: true,
      marks: [
        mark(0, 0.7, 0.003), mark(1, 0.704, 0.002), mark(2, 0.708, 0.004), mark(3, 0.712, 0.001),
      ],
      ceiling: 0.741),
    .init(
      label: "FR", isScenario: true, marks: [.init(row: 3, value: 0.731, interval: nil)]),
    .init(label: "macro", marks: [mark(0, 0.72, 0.01)]),
  ])

private let labeledIntervals = IntervalPlot(
  title: "AUC of click", valueLabel: "AUC (higher is better)",
  rows: (1...11).map { "Model \($0)" } + ["A model with a name that is too long for its place"],
  groups: ["NL", "FR", "ES", "macro", "pooled over all rows"].enumerated().map { place, label in
    let base = 0.7 + 0.03 * Double(place)
    return .init(
      label: label, isScenario: place < 3,
      marks: (0..<12).filter { $0 != place }.map { mark($0, base + 0.002 * Double($0), 0.004) },
      ceiling: place == 3 ? nil : base + 0.04)
  })

private let selection = HeatMap(
  title: "Share of rows whose set has the expert", rowLabel: "scenario", columnLabel: "expert",
  rows: ["NL", "FR", "ES"], columns: ["1", "2", "3", "4", "5", "6", "7", "8"],
  values: [
    [0, 0.14, 0.29, 0.43, 0.57, 0.71, 0.86, 1], [0.43, 0.57, 0.71, 0.86, 1, 0, 0.14, 0.29],
    [0.86, 1, 0, 0.14, 0.29, 0.43, 0.57, 0.71],
  ], scale: .sequential(0...1), digits: 2, scenarios: .rows)

private let seesaw = HeatMap(
  title: "Joint training against a model per cell", rowLabel: "task", columnLabel: "scenario",
  rows: ["click", "buy"],
  columns: ["Netherlands and Belgium", "France", "Spain, without the islands"],
  values: [[0.0123, -0.004, nil], [-0.0081, 0, 0.002]],
  scale: .diverging(bound: 0.0123, higherIsBetter: true), digits: 4, scenarios: .columns)

private let ranks: [CriticalDifferenceDiagram.Mark] = [
  .init(label: "Shared-Bottom", rank: 4.1), .init(label: "MMoE", rank: 3.2),
  .init(label: "PLE", rank: 2.4), .init(label: "AESM²", rank: 1.9), .init(label: "STAR", rank: 3.4),
]

private let criticalDifference = CriticalDifferenceDiagram(
  title: "Average ranks over ten data sets", marks: ranks, criticalDifference: 1.1,
  cliques: [[3, 2], [2, 1, 4], [1, 4, 0]])

private let qualityAndCost = CostPlot(
  title: "AUC against parameters", costLabel: "parameters",
  qualityLabel: "auc/macro (higher is better)", higherIsBetter: true,
  marks: [
    .init(label: "Shared-Bottom", cost: 45e3, quality: 0.71, interval: 0.708...0.712),
    .init(label: "MMoE", cost: 481e3, quality: 0.715, interval: 0.713...0.717),
    .init(label: "PLE", cost: 1.5e6, quality: 0.714, interval: 0.712...0.716),
    .init(label: "AESM²", cost: 290e3, quality: 0.7155, interval: nil),
  ])

private let search = ParallelCoordinates(
  title: "Search of AESM²",
  dimensions: [
    .init(label: "expertSizes", scale: .categories(["[64]", "[128, 64]"])),
    .init(label: "learningRate", scale: .logarithmic), .init(label: "dropout", scale: .linear),
  ], scoreLabel: "auc/macro", higherIsBetter: true,
  trials: [
    .init(label: "trial 0", values: [0, 0.001, 0], score: 0.71, isChosen: false),
    .init(label: "trial 1", values: [1, 0.0004, 0.1], score: 0.72, isChosen: true),
    .init(label: "trial 2", values: [1, 0.0031, nil], score: 0.70, isChosen: false),
  ])
