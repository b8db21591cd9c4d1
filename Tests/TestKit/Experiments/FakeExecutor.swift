import Configuration
import Datasets
import Experiments
import Foundation
import Synchronization
import TensorCore
import Training

/// Executes runs without training: what comes out is a function of the configuration.
///
/// A run takes some steps, and writes the number of steps done into its checkpoint, from which it
/// goes on.
package final class FakeExecutor: RunExecutor {
  /// The number of times every run was executed to its end.
  package let executions = Mutex<[String: Int]>([:])
  private let steps: Int
  private let pause: UInt32
  private let fails: @Sendable (RunConfiguration) -> String?

  /// Creates an executor.
  ///
  /// - Parameters:
  ///   - steps: The steps of every run.
  ///   - pause: The microseconds of each.
  ///   - fails: Returns the message of a run that is to fail.
  package init(
    steps: Int = 1, pause: UInt32 = 0,
    fails: @escaping @Sendable (RunConfiguration) -> String? = { _ in nil }
  ) {
    self.steps = steps
    self.pause = pause
    self.fails = fails
  }

  /// Executes a run; see ``RunExecutor``.
  package func execute(
    _ configuration: RunConfiguration, in directory: RunDirectory, control: RunControl
  )
    throws -> RunRecord?
  {
    var done = 0
    if let text = try? String(contentsOfFile: directory.checkpointPath, encoding: .utf8) {
      done = Int(text) ?? 0
    }
    while done < steps {
      usleep(pause)
      done += 1
      control.tell(RunProgress(step: done, epoch: 1, rowsPerSecond: 1000))
      try String(done).write(toFile: directory.checkpointPath, atomically: true, encoding: .utf8)
      if control.stop.isRequested { return nil }
    }
    if let message = fails(configuration) { throw Diagnostic(message) }
    executions.withLock { $0[configuration.id, default: 0] += 1 }
    return fakeRecord(configuration)
  }
}

/// Returns the record of a fake run: metrics drawn from a stream named by the configuration.
package func fakeRecord(_ configuration: RunConfiguration, steps: Int = 1) -> RunRecord {
  RunRecord(
    configuration: configuration,
    deviations: configuration.model == "alpha" ? ["Has no weights."] : [],
    notes: configuration.model == "beta" ? ["One gate only, so it is bypassed."] : [],
    parameterCount: 1000 * (Int(configuration: configuration.settings["width"] ?? .null) ?? 0),
    course: RunRecord.Course(
      steps: 100, epochs: 2, stoppedEarly: false, bestStep: 50, bestEpoch: 1,
      trainingLoss: [0.5, 0.25], validationScore: [0.7, nil]),
    validation: fakeGrid(configuration, "validation"), test: fakeGrid(configuration, "test"),
    ceilings: Ceilings(
      expected: Ceilings.Table(
        cells: [[0.8, 0.81], [0.9, nil]], macroMeans: [0.805, 0.9], pooled: [0.82, 0.91])),
    timing: RunRecord.Timing(secondsPerEpoch: 1.25, rowsPerSecond: 4000),
    provenance: fakeProvenance)
}

/// The provenance of fake runs.
package let fakeProvenance = Provenance(
  commit: "0123abc", toolchain: "Swift 6.3", blas: "OpenBLAS 0.3.21", processor: "A processor",
  threads: 1, date: "2026-01-02T03:04:05Z")

private func fakeGrid(_ configuration: RunConfiguration, _ split: String) -> MetricGrid {
  var stream = RandomStreams(seed: 1)["\(configuration.value.canonicalJSON)/\(split)"]
  func cell(isDefined: Bool = true) -> MetricCell {
    MetricCell(
      rows: 100, positives: isDefined ? 20 : 0,
      values: [
        .auc: isDefined ? 0.7 + 0.01 * stream.uniform() : nil, .gauc: nil,
        .logLoss: 0.3 + 0.01 * stream.uniform(), .copc: 1, .ece: 0.01,
      ])
  }
  return MetricGrid(
    tasks: ["click", "buy"], scenarios: ["NL", "FR_2"],
    cells: [[cell(), cell()], [cell(), cell(isDefined: false)]], pooled: [cell(), cell()])
}
