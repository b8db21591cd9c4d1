import Configuration
import Experiments
import Training

/// What the gates and experts of a model do, as tables.
struct ExpertListing {
  private let inspection: ExpertInspection

  init(_ inspection: ExpertInspection) { self.inspection = inspection }

  /// The tables: all gates, then the experts of every gate by scenario, then the similarity of experts.
  var text: String {
    guard !inspection.gates.isEmpty else {
      return "The model has no gates over several experts."
    }
    return
      ([summary] + inspection.gates.flatMap(tables) + inspection.similarities.map(table)
      + (inspection.warnings.isEmpty ? [] : [inspection.warnings.joined(separator: "\n")]))
      .joined(separator: "\n\n")
  }

  private var summary: String {
    let groups = inspection.plantedGroups
    var table = TextTable(
      ["gate", "experts", "entropy", "imbalance", "overlap", "unused"]
        + (groups == nil ? [] : ["planted"]))
    for gate in inspection.gates {
      table.add(
        [
          gate.name, "\(gate.expertCount)", number(gate.entropy), number(gate.imbalance),
          number(gate.meanOverlap), "\(gate.deadExperts.count)",
        ] + (groups.map { [number(gate.agreement(withGroups: $0))] } ?? []))
    }
    return "\(counted(inspection.rowCount, "row")), scenario by scenario\n\n" + table.text
  }

  private func tables(of gate: GateUse) -> [String] {
    func table(_ title: String, _ values: (GateUse.Cell) -> [Double]?) -> String? {
      guard gate.cells.contains(where: { $0.flatMap(values) != nil }) else { return nil }
      var table = TextTable(["scenario"] + (0..<gate.expertCount).map(String.init))
      for (scenario, cell) in zip(inspection.scenarios, gate.cells) {
        let values = cell.flatMap(values)
        table.add(
          [scenario]
            + (0..<gate.expertCount).map { number(values?[$0]) })
      }
      return "\(gate.name): \(title)\n\(table.text)"
    }
    return [
      table("mean weight by scenario and expert") { $0.weights },
      gate.isSparse ? table("share of rows that select the expert") { $0.selected } : nil,
      table("share of rows with the expert in the specific set") { $0.specific },
      table("share of rows with the expert in the shared set") { $0.shared },
    ].compactMap { $0 }
  }

  private func table(of similarity: ExpertSimilarity) -> String {
    var table = TextTable(["expert"] + similarity.values.indices.map(String.init))
    for (expert, values) in similarity.values.enumerated() {
      table.add(["\(expert)"] + values.map(number))
    }
    return "\(similarity.name): similarity of experts (linear CKA on "
      + "\(counted(inspection.sampleCount, "row")))\n\(table.text)"
  }

  private func number(_ value: Double?) -> String { value.map { fixed($0, digits: 3) } ?? "-" }
}

/// The cosines between the gradients of objectives, and how often they are negative, as tables.
struct GradientListing {
  private let conflict: GradientConflict

  init(_ conflict: GradientConflict) { self.conflict = conflict }

  var text: String {
    [
      "batches of training: \(conflict.batchCount); parameters: dense and shared",
      "cosine of gradients\n" + table(conflict.cosines),
      "share of batches with a negative cosine\n" + table(conflict.conflicts),
    ].joined(separator: "\n\n")
  }

  private func table(_ values: [[Double?]]) -> String {
    var table = TextTable(["objective"] + conflict.objectives)
    for (name, row) in zip(conflict.objectives, values) {
      table.add([name] + row.map { value in value.map { fixed($0, digits: 3) } ?? "-" })
    }
    return table.text
  }
}
