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
