import Experiments
import Foundation
import Training

/// Shows the progress of training: a bar, and one line per evaluation.
final class TrainingDisplay: Sendable {
  private let progress = ProgressLine(unit: "steps")
  private let monitor: MetricName

  /// Creates the display of a run that monitors a metric.
  init(monitor: MetricName) { self.monitor = monitor }

  /// Shows one event.
  @Sendable func show(_ event: TrainingEvent) {
    switch event {
    case .step(let report):
      progress.update(
        done: report.step, of: report.plannedStepCount,
        note: "epoch \(report.epoch + 1), loss \(fourDigits(report.loss.total)), "
          + "\(shortCount(report.rowsPerSecond)) rows/s")
    case .evaluated(let point, let isBest):
      let others = [MetricName(.auc, .macro), MetricName(.logLoss, .macro)]
        .filter { $0 != monitor }
      let measures = ([monitor] + others).compactMap { name in
        point.value(of: name).map {
          "\(name) \(fourDigits($0))" + (isBest && name == monitor ? " (best)" : "")
        }
      }
      progress.event(
        "epoch \(String(format: "%.2f", point.epoch)), step \(point.step): "
          + "loss \(fourDigits(point.loss.total)), validation \(measures.joined(separator: ", "))")
    case .warning(let sentence): progress.event("warning: " + sentence)
    case .savedCheckpoint: break
    }
  }

  /// Removes everything that is not permanent.
  func finish() { progress.clear() }
}

/// Returns a number with four decimals.
func fourDigits(_ value: Double) -> String { String(format: "%.4f", value) }

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
    return lines.joined(separator: "\n") + "\n\nvalidation\n"
      + MetricListing(grid: record.validation).text + "\n\ntest\n"
      + MetricListing(grid: record.test, ceilings: record.ceilings).text
  }
}
