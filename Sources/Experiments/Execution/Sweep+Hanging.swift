import Configuration
import Foundation

extension Sweep {
  /// Looks for runs whose processes hang, and ends these processes, so that the runs can be taken
  /// over from their last checkpoints.
  ///
  /// The runs of others are ended if their processes are on this machine; otherwise they are
  /// reported.
  mutating func endHung() throws {
    let running = try planned.open().filter { planned.state($0.id) == .running }
    hung.look(
      at: Dictionary(uniqueKeysWithValues: running.map { ($0.id, directory($0).signOfLife) }))
    guard hung.areSome else { return }
    for run in running {
      let isOwn = active.contains(run.id)
      guard let remedy = hung.remedy(for: run.id, isOwn: isOwn) else { continue }
      if isOwn { end(run, remedy) } else { endForeign(run, remedy) }
    }
  }

  private func end(_ run: Plan.Run, _ remedy: HungRuns.Remedy) {
    switch remedy {
    case .stop:
      active.stop(run.id)
      display.event(
        "\(run.description): no sign of life \(silence), so its process is asked to stop")
    case .kill:
      if active.kill(run.id) {
        display.event("\(run.description): still no sign of life, so its process is killed")
      }
    }
  }

  private func endForeign(_ run: Plan.Run, _ remedy: HungRuns.Remedy) {
    guard let lease = directory(run).lease else { return }
    let holder = "process \(lease.process) on \(lease.host)"
    guard directory(run).isOpen(in: lease) else {
      if remedy == .stop {
        display.event(
          "\(run.description): held by \(holder), which has shown no sign of life \(silence): if it "
            + "hangs, end it there, and the run is taken over")
      }
      return
    }
    display.event(
      "\(run.description): \(holder) has shown no sign of life \(silence), so it is "
        + (remedy == .stop ? "asked to stop" : "killed"))
    Foundation.kill(lease.process, remedy == .stop ? SIGTERM : SIGKILL)
  }

  private var silence: String { "for \(durationText(seconds: hung.timeout / .seconds(1)))" }

  private func directory(_ run: Plan.Run) -> RunDirectory { store.directory(run.id) }
}
