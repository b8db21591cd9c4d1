import ArgumentParser
import Configuration
import Experiments
import Foundation

/// Runs a sweep in several processes while everything that can go wrong does, at random moments, and
/// checks that the table is that of an undisturbed sweep.
///
/// What happens is drawn from a seed; when it happens depends on the machine.
@main struct Chaos: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chaos", abstract: "Disturb a sweep, and compare its table with that of another.")

  @Option(help: "The tool (default: aesm2 beside this program).")
  var tool: String?

  @Option(help: "The number of runs, a multiple of 6.")
  var runs = 30

  @Option(help: "The number of disturbances.")
  var disturbances = 40

  @Option(help: "What decides the disturbances.")
  var seed: UInt64 = 1

  @Option(help: "The longest duration of the disturbed sweep in seconds.")
  var seconds = 600.0

  func validate() throws {
    guard runs >= 6, runs % 6 == 0 else { throw ValidationError("--runs must be a multiple of 6") }
  }

  func run() throws {
    guard FileManager.default.fileExists(atPath: "/proc/self/stat") else {
      say("chaos: skipped: this system has no /proc, through which processes are found")
      return
    }
    let beside = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "aesm2").path
    let site = try Site(tool: tool ?? beside, runCount: runs)
    say("chaos: seed \(seed), \(runs) runs in \(site.folder)")
    site.limitations.forEach { say("chaos: left out: \($0)") }
    let (begin, stop) = (ContinuousClock.now, StopSignal.interrupt())
    var findings: [String]
    do {
      let expected = try site.undisturbedResults()
      let calmSeconds = (.now - begin) / .seconds(1)
      say("chaos: undisturbed sweep done after \(shown(begin)) s")
      var storm = Storm(on: site, seed: seed, count: disturbances, calmSeconds: calmSeconds)
      findings = try storm.rage(atMost: seconds, until: stop)
      findings += site.findings(comparedWith: expected)
      if findings.isEmpty { findings += try site.findingsOnUnwritableStores(expected) }
    } catch { findings = ["\(error)"] }
    findings += site.processesLeft()
    guard findings.isEmpty else {
      findings.forEach { say("chaos: FAILED: \($0)") }
      say("chaos: to be looked at: \(site.folder); again: --seed \(seed)")
      throw ExitCode(1)
    }
    site.remove()
    say("chaos: the same table in the end; \(shown(begin)) s in all")
  }

  private func shown(_ begin: ContinuousClock.Instant) -> String {
    String(format: "%.1f", (ContinuousClock.now - begin) / .seconds(1))
  }
}

/// An error of the surroundings, in words.
struct Trouble: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Writes a line at once, even into a file or a pipe.
func say(_ line: String) { _ = writeAll(line + "\n", to: STDOUT_FILENO) }
