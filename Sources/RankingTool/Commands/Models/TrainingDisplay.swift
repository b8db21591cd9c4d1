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
