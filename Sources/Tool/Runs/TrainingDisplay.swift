import Foundation
import Training

/// Shows how training goes: a bar, and one line per evaluation.
final class TrainingDisplay: Sendable {
  private let progress = ProgressLine(unit: "steps")

  /// Shows one event.
  @Sendable func show(_ event: TrainingEvent) {
    switch event {
    case .step(let report):
      progress.update(
        done: report.step, of: report.plannedStepCount,
        note: "epoch \(report.epoch + 1), loss \(fourDigits(report.loss.total)), "
          + "\(shortCount(report.rowsPerSecond)) rows/s")
    case .evaluated(let point, let isBest):
      let measures = ["auc/macro", "logLoss/macro"].compactMap { name in
        point.validation.first { $0.name.description == name }?.value.map {
          "\(name) \(fourDigits($0))"
        }
      }
      progress.event(
        "epoch \(String(format: "%.2f", point.epoch)), step \(point.step): "
          + "loss \(fourDigits(point.loss.total)), validation \(measures.joined(separator: ", "))"
          + (isBest ? " (best)" : ""))
    case .savedCheckpoint: break
    }
  }

  /// Removes what does not stay.
  func finish() { progress.clear() }
}

/// Returns a number with four decimals.
func fourDigits(_ value: Double) -> String { String(format: "%.4f", value) }
