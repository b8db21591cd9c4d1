import Configuration
import Experiments
import Foundation
import Synchronization
import Training

/// Executes runs without training: an epoch is one step, and the validation scores after every epoch
/// are a function of the configuration.
///
/// The checkpoint is the number of epochs done. A run pauses, ends and fails as a real one.
package final class CurveExecutor: RunExecutor {
  /// The epochs that were computed for every run, in order.
  package let epochs = Mutex<[String: [Int]]>([:])
  private let pause: UInt32
  private let score: @Sendable (RunConfiguration, _ epoch: Int) -> Double
  private let end: @Sendable (RunConfiguration) -> Int
  private let fails: @Sendable (RunConfiguration, _ epoch: Int) -> String?

  /// Creates an executor.
  ///
  /// - Parameters:
  ///   - pause: The microseconds of an epoch.
  ///   - end: The epoch after which patience ends a run.
  ///   - fails: Returns the message of a run that is to fail in an epoch, counted from 1.
  ///   - score: Returns the validation AUC after an epoch.
  package init(
    pause: UInt32 = 0, end: @escaping @Sendable (RunConfiguration) -> Int = { _ in .max },
    fails: @escaping @Sendable (RunConfiguration, Int) -> String? = { _, _ in nil },
    score: @escaping @Sendable (RunConfiguration, Int) -> Double
  ) {
    self.pause = pause
    self.end = end
    self.fails = fails
    self.score = score
  }

  /// Executes a run; see ``RunExecutor``.
  package func execute(
    _ configuration: RunConfiguration, in directory: RunDirectory, control: RunControl
  ) throws -> RunRecord? {
    let checkpoint = try? String(contentsOfFile: directory.checkpointPath, encoding: .utf8)
    var done = checkpoint.flatMap { Int($0) } ?? 0
    let all = configuration.training["epochs"].flatMap(Int.init(configuration:)) ?? 1
    while done < min(all, end(configuration)) {
      if let target = control.target, done >= target {
        control.pause(
          RunPause(
            configuration: configuration, epochs: done, steps: done,
            parameterCount: fakeRecord(configuration).parameterCount,
            validationScore: scores(configuration, done), provenance: fakeProvenance))
        return nil
      }
      usleep(pause)
      if let message = fails(configuration, done + 1) { throw Diagnostic(message) }
      done += 1
      epochs.withLock { $0[configuration.id, default: []].append(done) }
      try String(done).write(toFile: directory.checkpointPath, atomically: true, encoding: .utf8)
      if control.stop.isRequested { return nil }
    }
    var record = fakeRecord(configuration)
    let scores = scores(configuration, done)
    record.validation = Self.grid(scores.compactMap { $0 }.max())
    record.course = RunRecord.Course(
      steps: done, epochs: Double(done), stoppedEarly: done < all, bestStep: done,
      bestEpoch: Double(done), trainingLoss: scores.map { _ in 0.5 }, validationScore: scores)
    return record
  }

  private func scores(_ configuration: RunConfiguration, _ count: Int) -> [Double?] {
    (0..<count).map { score(configuration, $0 + 1) }
  }

  /// Returns a grid of which every AUC is a given one.
  private static func grid(_ auc: Double?) -> MetricGrid {
    let cell = MetricCell(
      rows: 100, positives: 20,
      values: [.auc: auc, .gauc: nil, .logLoss: 0.3, .copc: 1, .ece: 0.01])
    return MetricGrid(
      tasks: ["click", "buy"], scenarios: ["NL", "FR_2"], cells: [[cell, cell], [cell, cell]],
      pooled: [cell, cell])
  }
}
