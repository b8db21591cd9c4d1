import Experiments
import Foundation
import Training

/// The summary of a finished run printed by `aesm2 train`.
struct RunSummary {
  let record: RunRecord

  /// The summary as lines and tables.
  var text: String {
    let course = record.course
    let training = record.configuration.training
    let kept =
      training["keptWeights"] == .string(KeptWeights.last.rawValue)
      ? "last weights kept"
      : "best at step \(course.bestStep) (epoch \(String(format: "%.2f", course.bestEpoch)))"
    let reduction = training["lossReduction"].map { ", loss reduction \($0.description)" } ?? ""
    var lines = [
      "\(record.configuration.model), seed \(record.configuration.seed): \(record.parameterCount) "
        + "parameters, \(course.steps) steps, \(kept), "
        + "\(shortCount(record.timing.rowsPerSecond)) rows/s\(reduction)"
    ]
    // The metric could already be read when the run began.
    let cautions = (try? record.cautions()) ?? []
    lines += (record.notes + cautions).map { "note: \($0)" }
    return printable(
      lines.joined(separator: "\n") + "\n\nvalidation\n"
        + MetricListing(grid: record.validation).text + "\n\ntest\n"
        + MetricListing(grid: record.test, ceilings: record.ceilings).text)
  }
}
