import ArgumentParser
import Foundation

/// Feeds damaged and hostile input to every reader, in child processes, and keeps what breaks one.
///
/// A reader fails where it traps, hangs, takes too much memory, or accepts input with another meaning.
@main struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz", abstract: "Feed damaged input to every reader.")

  @Argument(
    help: "The readers (default: all): \(FuzzTarget.all.map(\.name).joined(separator: ", ")).")
  var targets: [String] = []

  @Option(help: "How long each reader is fed, in seconds.")
  var seconds = 60.0

  @Option(help: "What decides the damages.")
  var seed: UInt64 = 1

  @Option(help: "How many readers are fed at the same time.")
  var jobs = 1

  @Option(help: "The folder for inputs that break a reader.")
  var failures = "fuzz-failures"

  @Option(help: "Feed this file to one reader, in this process.")
  var reproduce: String?

  @Option(help: ArgumentHelp("The folder of a worker.", visibility: .private))
  var scratch: String?

  @Option(help: ArgumentHelp("The position that a worker begins at.", visibility: .private))
  var first = 0

  func validate() throws {
    for name in targets where !FuzzTarget.all.contains(where: { $0.name == name }) {
      throw ValidationError("there is no reader '\(name)'")
    }
    if reproduce != nil || scratch != nil, targets.count != 1 {
      throw ValidationError("name one reader")
    }
    if jobs < 1 || first < 0 { throw ValidationError("--jobs and --first must not be negative") }
  }

  func run() throws {
    let chosen = FuzzTarget.all.filter { targets.isEmpty || targets.contains($0.name) }
    if let scratch {
      let worker = Worker(
        target: chosen[0], seed: seed, scratch: URL(fileURLWithPath: scratch))
      throw ExitCode(worker.run(from: first, seconds: seconds))
    }
    if let reproduce {
      let input = try Data(contentsOf: URL(fileURLWithPath: reproduce))
      throw ExitCode(Worker.reproduce(chosen[0], input: Array(input)))
    }
    let campaign = Campaign(
      targets: chosen, seconds: seconds, seed: seed, jobs: jobs, failures: failures)
    if !campaign.run() { throw ExitCode(1) }
  }

  /// Writes a line at once, also into a file.
  static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
