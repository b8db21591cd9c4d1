import Configuration
import Experiments

/// One line of JSON per run: the record or failure, as in the file of the run's folder.
package enum JSONLinesExporter: RunExporter {
  package static let id = "jsonl"
  package static let summary = "JSON lines, one record per run, as record.json has it"
  package static let destination = "a file, or - for standard output"
  package static let takesWeights = false

  /// Writes the file.
  package static func export(_ request: ExportRequest) throws -> ExportSummary {
    let stored = try request.runs.compactMap { try $0.stored() }
    try AtomicFile.write(request.destination) { append in
      for run in stored {
        try Array("\(run.text)\n".utf8).withUnsafeBytes(append)
      }
    }
    return ExportSummary(written: stored.count)
  }
}
