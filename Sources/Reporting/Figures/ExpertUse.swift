import Configuration
import Experiments
import Training

extension ReportContent.Gate {
  /// What a heat map shows of a gate.
  fileprivate struct Shown {
    let title: String
    let name: String
    let value: (GateUse.Cell) -> [Double]?
  }

  /// The specific and the shared sets, or for other gates what rows select, or the weights.
  fileprivate var shown: [Shown] {
    let use = uses[0]
    if use.cells.contains(where: { $0?.specific != nil }) {
      return [
        Shown(title: "share of rows with the expert in the specific set", name: "specific") {
          $0.specific
        },
        Shown(title: "share of rows with the expert in the shared set", name: "shared") {
          $0.shared
        },
      ]
    }
    return use.isSparse
      ? [Shown(title: "share of rows that select the expert", name: "selected") { $0.selected }]
      : [Shown(title: "mean weight", name: "weight") { $0.weights }]
  }
}

extension ReportContent {
  /// The number of gates of a row that are drawn, those nearest to the towers; the others are in the table of experts
  /// only.
  fileprivate static let mostGates = 6

  /// The use of experts by scenario in one run, since the numbers of experts mean nothing across runs.
  fileprivate func map(_ shown: Gate.Shown, of gate: Gate) -> HeatMap {
    let use = gate.uses[0]
    let values = use.cells.map { cell -> [Double?] in
      let values = cell.flatMap(shown.value)
      return (0..<use.expertCount).map { values?[$0] }
    }
    let most = values.joined().compactMap { $0 }.max() ?? 0
    let isShare = shown.name != "weight"
    return HeatMap(
      title: "\(gate.row.label), \(gate.name): \(shown.title)", rowLabel: "scenario",
      columnLabel: "expert", rows: scenarios.map(Self.heading),
      columns: (0..<use.expertCount).map(String.init), values: values,
      scale: .sequential(0...(isShare ? 1 : most)), digits: 2, scenarios: .rows)
  }
}

extension ReportSection {
  /// Which experts the scenarios of every row use, as heat maps of its first inspected run.
  static let expertUse = ReportSection { content in
    let blocks = content.rows.flatMap { row -> [ReportDocument.Block] in
      let gates = content.gates(of: row)
      guard let seed = content.inspections(of: row).first?.seed, !gates.isEmpty else { return [] }
      let figures = gates.suffix(ReportContent.mostGates).flatMap { gate in
        gate.shown.compactMap { shown in
          ReportFigure(
            content.map(shown, of: gate),
            name: "experts-\(row.label)-\(gate.name)-\(shown.name)",
            caption: "\(row.label), gate \(gate.name), seed \(seed), test split: "
              + "\(shown.title), by scenario.")
        }
      }
      let rest = gates.count - ReportContent.mostGates
      return titled(figures)
        + (rest > 0
          ? [
            .paragraph(
              "\(counted(rest, "further gate")) of \(row.label) \(rest > 1 ? "are" : "is") in the "
                + "table of experts only.")
          ] : [])
    }
    return blocks.isEmpty ? [] : [.heading(level: 2, "Use of experts by scenario")] + blocks
  }
}
