import Foundation

/// A process of the tool that a test stops before its end.
struct KilledRun {
  let process: Process

  /// Starts the tool with a command line in a workshop.
  static func start(
    _ commandLine: String, in workshop: Workshop, tool: URL = ToolBinary.url
  ) throws -> KilledRun {
    KilledRun(
      process: try ToolBinary.start(
        commandLine.split(separator: " ").map(String.init), in: workshop.folder,
        output: workshop["killed.output"], error: workshop["killed.error"], tool: tool))
  }

  /// Waits until a file is there, or the process has ended.
  func waitFor(_ name: String, in workshop: Workshop) {
    while process.isRunning, !workshop.has(name) { usleep(1000) }
  }

  /// Sends a signal after some time and waits for the end.
  ///
  /// - Returns: Whether the process was still running.
  @discardableResult
  func kill(_ signal: Int32, afterMicroseconds delay: UInt32 = 0) -> Bool {
    usleep(delay)
    let wasRunning = process.isRunning
    Foundation.kill(process.processIdentifier, signal)
    process.waitUntilExit()
    return wasRunning
  }
}
