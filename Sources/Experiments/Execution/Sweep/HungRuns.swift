import Configuration
import Foundation

/// Notices runs whose processes hang: they hold the lock, but show no sign of life (see
/// ``Heartbeat``).
///
/// The silence of a run is measured by its observer: the time during which it has watched the run
/// and seen no change. A clock that jumps, a machine that sleeps and an observer that was itself
/// stopped for a while therefore make no run look dead.
struct HungRuns {
  /// What is to be done about a run that hangs.
  enum Remedy {
    /// Its process is asked to stop.
    case stop
    /// Its process is killed.
    case kill
  }

  /// How long a run may be silent.
  let timeout: Duration
  /// The time between two remedies.
  let grace: Duration

  /// The longest time between two looks that counts in full.
  private let longestStep: Duration

  private var observed: [String: (sign: String, silence: Duration)] = [:]
  private var tried: [String: Remedy] = [:]
  private var lastLook = SuspendingClock.now

  init(timeout: Duration) {
    self.timeout = timeout
    grace = min(timeout, .seconds(10))
    longestStep = min(timeout / 4, .seconds(10))
  }

  /// Looks at the signs of life of all running runs; nil for a run that cannot be observed.
  mutating func look(at signs: [String: String?]) {
    let now = SuspendingClock.now
    let step = min(now - lastLook, longestStep)
    lastLook = now
    var new: [String: (sign: String, silence: Duration)] = [:]
    for case (let id, let sign?) in signs {
      if let old = observed[id], old.sign == sign {
        new[id] = (sign, old.silence + step)
      } else {
        new[id] = (sign, .zero)
      }
    }
    observed = new
    tried = tried.filter { new[$0.key].map { $0.silence >= timeout } ?? false }
  }

  /// Whether any run has been silent for too long.
  var areSome: Bool { observed.contains { $0.value.silence >= timeout } }

  /// Returns what is to be done about a run now; nil if nothing is, or if it was already done.
  ///
  /// - Parameter isOwn: Whether this sweep has started the run; the runs of others are left to them
  ///   for a while.
  mutating func remedy(for id: String, isOwn: Bool) -> Remedy? {
    guard let silence = observed[id]?.silence else { return nil }
    let start = isOwn ? timeout : timeout + grace
    let due: Remedy? = silence < start ? nil : silence < start + grace ? .stop : .kill
    guard let due, tried[id] != due, tried[id] != .kill else { return nil }
    tried[id] = due
    return due
  }
}

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
