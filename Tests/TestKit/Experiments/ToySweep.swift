import Experiments
import Synchronization
import TestKit

/// A folder in which the experiment ``searchYAML`` is swept.
package struct ToySweep: Sendable {
  /// The folder, removed with its last user.
  package let folder: TemporaryFolder
  /// The runs.
  package let store: RunStore
  /// The experiment.
  package let specification: ExperimentSpecification

  /// Makes the folder.
  package init() throws {
    folder = try TemporaryFolder()
    store = RunStore(at: folder.path + "/runs")
    specification = try ExperimentsTestKit.specification(searchYAML)
  }

  /// The plan of the experiment.
  package var plan: Plan { get throws { try ExperimentsTestKit.plan(specification) } }

  /// Runs a sweep to its end; see ``SweepRunner``.
  package func run(
    _ launcher: any RunLauncher, in other: RunStore? = nil, jobs: Int = 1,
    retryFailed: Bool = false, retries: Int = 2, heartbeatTimeout: Duration = .seconds(120),
    stop: StopSignal = StopSignal(), grace: Duration = .seconds(60),
    display: any ProgressDisplay = SilentDisplay()
  ) throws -> SweepRunner.Summary {
    try SweepRunner(
      plan: try plan, store: other ?? store, launcher: launcher, jobs: jobs,
      retryFailed: retryFailed, retries: retries, heartbeatTimeout: heartbeatTimeout, stop: stop,
      grace: grace, display: display
    ).run()
  }
}

/// Remembers the lines of a sweep.
package final class RecordingDisplay: ProgressDisplay {
  /// The lines so far.
  package let lines = Mutex<[String]>([])

  /// Creates the display.
  package init() {}

  /// Remembers a line.
  package func event(_ line: String) { lines.withLock { $0.append(line) } }

  /// Does nothing.
  package func show(_ status: () throws -> SweepStatus) {}

  /// Does nothing.
  package func finish() {}
}
