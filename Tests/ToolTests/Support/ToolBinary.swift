import Foundation

/// The tool as users run it: the executable that was built together with these tests.
enum ToolBinary {
  /// How a process ended, and what it wrote.
  struct Outcome {
    var status: Int32
    var output: String
    var error: String
  }

  /// The executable.
  static let url = built("aesm2")

  /// Returns an executable that was built together with these tests.
  static func built(_ name: String) -> URL {
    #if canImport(Darwin)
      let folder = Bundle(for: Marker.self).bundleURL.deletingLastPathComponent()
    #else
      let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    #endif
    return folder.appendingPathComponent(name)
  }

  /// Runs the tool to its end.
  ///
  /// - Parameter scratch: Where the output is kept meanwhile; nil for the folder itself.
  static func run(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:], tool: URL = url,
    scratch: URL? = nil
  ) throws -> Outcome {
    let scratch = (scratch ?? folder).appendingPathComponent(".output-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let output = scratch.appendingPathComponent("output")
    let error = scratch.appendingPathComponent("error")
    let process = try start(
      arguments, in: folder, output: output, error: error, environment: environment, tool: tool)
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      error: try String(contentsOf: error, encoding: .utf8))
  }

  /// Starts the tool.
  static func start(
    _ arguments: [String], in folder: URL, output: URL, error: URL,
    environment: [String: String] = [:], tool: URL = url
  ) throws -> Process {
    let process = Process()
    process.executableURL = tool
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try handle(output)
    process.standardError = try handle(error)
    try process.run()
    return process
  }

  private static func handle(_ url: URL) throws -> FileHandle {
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }

  private final class Marker {}
}
