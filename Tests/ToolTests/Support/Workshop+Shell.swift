import Foundation

extension Workshop {
  /// Runs a shell script in the folder, in which `$A` is the tool; for redirections, limits and
  /// signals.
  func shell(_ script: String) throws -> ToolBinary.Outcome {
    let output = self[".shell-output"]
    let error = self[".shell-error"]
    defer { for url in [output, error] { try? FileManager.default.removeItem(at: url) } }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script]
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["A": ToolBinary.url.path]) { $1 }
    process.standardInput = FileHandle.nullDevice
    for url in [output, error] { try Data().write(to: url) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: error)
    try process.run()
    process.waitUntilExit()
    return ToolBinary.Outcome(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      error: try String(contentsOf: error, encoding: .utf8))
  }
}
