import Configuration
import Experiments
import Training

extension ReportContent {
  /// A number of the table of size and cost.
  private struct CostColumn: Sendable {
    var heading: String
    /// Whether the column is shown only if some run has the number, as runs of earlier versions do not.
    var isOptional = true
    var digits = 0
    var value: @Sendable (RunRecord) -> Double?
  }

  private static let costColumns = [
    CostColumn(heading: "parameters", isOptional: false) { Double($0.parameterCount) },
    CostColumn(heading: "in tables") { $0.work.map { Double($0.tableParameterCount) } },
    CostColumn(heading: "kFLOPs/row", digits: 1) {
      ($0.work?.forwardOperationsPerRow).map { $0 / 1e3 }
    },
    CostColumn(heading: "training kFLOPs/row", digits: 1) {
      ($0.work?.trainingOperationsPerRow).map { $0 / 1e3 }
    },
    CostColumn(heading: "s/epoch", isOptional: false, digits: 2) { $0.timing.secondsPerEpoch },
    CostColumn(heading: "CPU s/epoch", isOptional: false, digits: 2) {
      $0.timing.processorSecondsPerEpoch
    },
    CostColumn(heading: "rows/s", isOptional: false) { $0.timing.rowsPerSecond },
    CostColumn(heading: "epochs", digits: 2) { $0.work == nil ? nil : $0.course.epochs },
    CostColumn(heading: "training s", digits: 1) { $0.work == nil ? nil : $0.trainingSeconds },
    CostColumn(heading: "peak MB") { $0.timing.peakByteCount.map { Double($0) / 1e6 } },
    CostColumn(heading: "kJ", digits: 2) { $0.timing.joules.map { $0 / 1e3 } },
  ]

  /// Returns the table of size and cost: means over the seeds.
  func costTable() -> ReportTable {
    let columns = Self.costColumns.filter { column in
      !column.isOptional || trainedRecords.contains { column.value($0) != nil }
    }
    return ReportTable(
      headings: ["model"] + columns.map(\.heading) + ["trials"],
      rows: rows.map { row in
        [.text(row.label)]
          + columns.map { column in
            guard !row.isExternal, let mean = Summary(row.records.compactMap(column.value))?.mean
            else { return .dash }
            return .text(fixed(mean, digits: column.digits))
          } + [row.isExternal ? .dash : .text("\(row.declared.trialCount)")]
      })
  }

  /// What the columns of the table of size and cost mean.
  func costNote() -> String {
    "parameters: trained numbers; "
      + (countsWork
        ? "in tables: those of embedding tables, of which a row reads only a few; kFLOPs/row: thousand "
          + "floating-point operations to score a row, over a batch of evenly spaced training rows with "
          + "the kept weights; training kFLOPs/row: forward and backward with the loss, mean over all "
          + "steps; in both, a multiplication and an addition of a matrix product count as two, and "
          + "every other arithmetic operation or function of one number as one, while lookups, "
          + "selection and the optimizer are left out; " : "")
      + "s/epoch: mean seconds of training per epoch, evaluation not included; "
      + (hasLaterSemantics
        ? "CPU s/epoch: the same in processor time of all threads, which hardly depends on what else "
          + "ran; rows/s: training rows per second; " : "")
      + (countsWork
        ? "epochs: those trained, before training stopped; training s: seconds of all of them; "
        : "")
      + (trainedRecords.contains { $0.timing.peakByteCount != nil }
        ? "peak MB: peak memory of the process; " : "")
      + (trainedRecords.contains { $0.timing.joules != nil }
        ? "kJ: energy that the processors of the machine took during the run, evaluation included, "
          + "whatever else ran; " : "")
      + "trials: proposals tried per row, the defaults among them in a random search."
  }

  /// The runs of all rows that are trained here.
  private var trainedRecords: [RunRecord] { rows.filter { !$0.isExternal }.flatMap(\.records) }
}
