import Foundation

extension Workshop {
  /// Runs the tool with a command line, split at blanks, in the folder, with its output in a terminal
  /// of some width.
  func terminal(
    _ commandLine: String, width: Int, environment: [String: String] = [:]
  ) throws -> ToolBinary.Outcome {
    let (terminal, end) = try Self.openTerminal(width: width)
    defer { close(terminal) }
    let error = self[".terminal-error"]
    try Data().write(to: error)
    defer { try? FileManager.default.removeItem(at: error) }
    let process = Process()
    process.executableURL = ToolBinary.url
    process.arguments = commandLine.split(separator: " ").map(String.init)
    process.currentDirectoryURL = folder
    var variables = ProcessInfo.processInfo.environment
    for name in ["COLUMNS", "LINES"] { variables[name] = nil }
    process.environment = variables.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(fileDescriptor: end)
    process.standardError = try FileHandle(forWritingTo: error)
    try process.run()
    close(end)
    // The end of the output is an error on Linux, once no process has the terminal open.
    var output: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 4096)
    while case let count = read(terminal, &bytes, bytes.count), count > 0 {
      output += bytes[..<count]
    }
    process.waitUntilExit()
    return ToolBinary.Outcome(
      status: process.terminationStatus,
      output: String(decoding: output, as: UTF8.self).replacing("\r\n", with: "\n"),
      error: try String(contentsOf: error, encoding: .utf8))
  }

  /// Returns both ends of a new terminal: what a person reads, and what a program writes to.
  private static func openTerminal(width: Int) throws -> (Int32, Int32) {
    // Not declared for Swift, but in every C library since glibc 2.34.
    typealias Open =
      @convention(c) (
        UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>, UnsafeMutableRawPointer?,
        UnsafeRawPointer?, UnsafePointer<winsize>
      ) -> Int32
    var (terminal, end): (Int32, Int32) = (-1, -1)
    var size = winsize(ws_row: 24, ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
    guard let symbol = dlsym(nil, "openpty"),
      unsafeBitCast(symbol, to: Open.self)(&terminal, &end, nil, nil, &size) == 0
    else { throw Missing(text: "a terminal", file: "openpty") }
    // Otherwise the process would keep its own output open.
    for descriptor in [terminal, end] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    return (terminal, end)
  }
}
