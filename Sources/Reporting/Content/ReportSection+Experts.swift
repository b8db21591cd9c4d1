import Configuration
import Experiments
import Training

extension ReportContent {
  /// A gate of a row in all runs that were inspected, in the order of their seeds.
  struct Gate {
    let row: ReportRow
    let name: String
    /// The use of the gate in every run.
    let uses: [GateUse]
    /// The groups that were planted in the data; nil if none were.
    let plantedGroups: [Int]?
  }

  /// The inspected runs of a row, in the order of their seeds.
  func inspections(of row: ReportRow) -> [(seed: Int, inspection: ExpertInspection)] {
    row.records.compactMap { record in
      results.experts[record.id].map { (record.configuration.seed, $0) }
    }
  }

  /// The gates of a row, in the order of the forward pass.
  func gates(of row: ReportRow) -> [Gate] {
    let inspections = inspections(of: row)
    return (inspections.first?.inspection.gates ?? []).map { gate in
      Gate(
        row: row, name: gate.name,
        uses: inspections.flatMap { $0.inspection.gates.filter { $0.name == gate.name } },
        plantedGroups: inspections.first?.inspection.plantedGroups)
    }
  }
}

extension ReportContent.Gate {
  /// Returns a number of every run as its mean, with its deviation over several runs.
  func text(_ value: (GateUse) -> Double?) -> String? {
    Summary(uses.compactMap(value)).map { summary in
      fixed(summary.mean, digits: 3)
        + (summary.deviation.map { " ± \(fixed($0, digits: 3))" } ?? "")
    }
  }
}

extension ReportSection {
  /// How the gates of every row use their experts, where runs were inspected.
  static let experts = ReportSection { content in
    let gates = content.rows.flatMap(content.gates)
    guard !gates.isEmpty else { return [] }
    let arePlanted = gates.contains { $0.plantedGroups != nil }
    var table = ReportTable(
      headings: ["model", "gate", "experts", "entropy", "imbalance", "overlap", "unused"]
        + (arePlanted ? ["planted groups"] : []),
      rows: [])
    for gate in gates {
      func cell(_ value: (GateUse) -> Double?) -> ReportTable.Cell {
        gate.text(value).map { .text($0) } ?? .dash
      }
      table.rows.append(
        [
          .text(gate.row.label), .text(gate.name), .text("\(gate.uses[0].expertCount)"),
          cell { $0.entropy }, cell { $0.imbalance }, cell { $0.meanOverlap },
          cell { Double($0.deadExperts.count) },
        ]
          + (arePlanted
            ? [cell { use in gate.plantedGroups.flatMap(use.agreement(withGroups:)) }] : []))
    }
    let runs = content.rows.reduce(0) { $0 + content.inspections(of: $1).count }
    let words =
      "Gates of \(counted(runs, "run")) on the test split. Entropy: of the weights of a row, from 0 for one "
      + "expert to 1 for all alike. Imbalance: squared variation of the experts' mean weights, from 0 "
      + "for equal use to one less than the experts for one that has everything. Overlap: how much two "
      + "scenarios use the same experts, from 0 to 1, mean over pairs. Unused: experts with less than "
      + "a hundredth of an equal share."
      + (arePlanted
        ? " Planted groups: adjusted mutual information of the groups planted in the data with as many "
          + "groups of scenarios found by overlap." : "")
    return [.heading(level: 2, "Experts"), .paragraph(words), .table(table)] + similarities(content)
  }

  /// The mean similarity of the experts of every layer.
  private static func similarities(_ content: ReportContent) -> [ReportDocument.Block] {
    var table = ReportTable(headings: ["model", "layer", "experts", "similarity"], rows: [])
    for row in content.rows {
      let inspections = content.inspections(of: row).map(\.inspection)
      for layer in inspections.first?.similarities ?? [] {
        let means = inspections.compactMap { inspection in
          inspection.similarities.first { $0.name == layer.name }?.mean
        }
        table.rows.append([
          .text(row.label), .text(layer.name), .text("\(layer.values.count)"),
          Summary(means).map { .text(fixed($0.mean, digits: 3)) } ?? .dash,
        ])
      }
    }
    guard !table.rows.isEmpty else { return [] }
    return [
      .paragraph(
        "Similarity of the outputs of experts: linear CKA, mean over pairs of experts; 1 if they "
          + "are the same up to rotation and scale."), .table(table),
    ]
  }
}
