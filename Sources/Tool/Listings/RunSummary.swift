import Experiments
import Foundation
import Training

/// What `aesm2 train` says of a finished run.
struct RunSummary {
  let record: RunRecord

  /// The summary as lines and tables.
  var text: String {
    let course = record.course
    var lines = [
      "\(record.configuration.model), seed \(record.configuration.seed): \(record.parameterCount) "
        + "parameters, \(course.steps) steps, best at step \(course.bestStep) "
        + "(epoch \(String(format: "%.2f", course.bestEpoch))), "
        + "\(shortCount(record.timing.rowsPerSecond)) rows/s"
    ]
    // The metric was read when the run began.
    let cautions = (try? record.cautions()) ?? []
    lines += (record.notes + cautions).map { "note: \($0)" }
    return lines.joined(separator: "\n") + "\n\nvalidation\n"
      + MetricListing(grid: record.validation).text + "\n\ntest\n"
      + MetricListing(grid: record.test, ceilings: record.ceilings).text
  }
}
