import Configuration
import Experiments
import Foundation

/// HTTP requests by the program `curl`.
///
/// Foundation's own client would be loaded at the start of every process of the tool, so of every
/// run of a sweep: it was measured to take 30 ms and 13 MB more. `curl` also knows proxies and
/// certificates. A request is passed as its configuration in a file that only the user can read, so
/// a password is never visible among the arguments of processes.
struct Curl {
  /// The content of a request.
  enum Body {
    case none
    case json(ConfigurationValue)
    case file(String)
  }

  /// An answer of a server.
  struct Answer {
    /// The HTTP status.
    let status: Int
    /// The body.
    let body: String
  }

  private let program: String
  private let authorization: [String]

  /// Finds the program on `PATH`.
  ///
  /// - Parameter environment: The variables, from which `MLFLOW_TRACKING_TOKEN`, or else
  ///   `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, authorize the requests.
  /// - Throws: ``Diagnostic`` if it is not installed.
  init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    let paths = folders.map { String($0) + "/curl" }
    guard let found = paths.first(where: { (path: String) in access(path, X_OK) == 0 }) else {
      throw Diagnostic(
        "runs are sent to MLflow by the program curl, which is not on PATH: install it, such as by "
          + "'apt-get install curl'")
    }
    program = found
    if let token = environment["MLFLOW_TRACKING_TOKEN"], !token.isEmpty {
      authorization = ["header = \(Self.quoted("Authorization: Bearer \(token)"))"]
    } else if let name = environment["MLFLOW_TRACKING_USERNAME"], !name.isEmpty {
      let password = environment["MLFLOW_TRACKING_PASSWORD"] ?? ""
      authorization = ["user = \(Self.quoted("\(name):\(password)"))"]
    } else {
      authorization = []
    }
  }

  /// Sends a request and waits for the answer.
  ///
  /// - Throws: ``Diagnostic`` with curl's reason if there is no answer.
  func send(_ method: String, _ url: String, _ body: Body = .none) throws -> Answer {
    let scratch = try PartialFolder(
      for: FileManager.default.temporaryDirectory.appending(path: "aesm2-request").path)
    chmod(scratch.path, 0o700)
    var lines = [
      "url = \(Self.quoted(url))", "request = \(method)", "silent", "show-error",
      "connect-timeout = 10", "max-time = 600", #"write-out = "\n%{http_code}""#,
    ]
    switch body {
    case .none: break
    case .json(let value):
      let path = "\(scratch.path)/body.json"
      try AtomicFile.write(path, bytes: value.canonicalJSON.utf8)
      lines += [
        "header = \"Content-Type: application/json\"", "data-binary = \(Self.quoted("@\(path)"))",
      ]
    case .file(let path): lines.append("upload-file = \(Self.quoted(path))")
    }
    let request = "\(scratch.path)/request"
    try AtomicFile.write(request, bytes: (lines + authorization).joined(separator: "\n").utf8)
    return try answer(to: request, in: scratch.path, from: url)
  }

  private func answer(to request: String, in folder: String, from url: String) throws -> Answer {
    let (output, error) = ("\(folder)/output", "\(folder)/error")
    let files = [output, error].map { (path: String) in
      open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    }
    defer { for file in files where file >= 0 { close(file) } }
    guard files.allSatisfy({ $0 >= 0 }) else { throw Diagnostic(cannot: "write", folder) }
    let process: ChildProcess
    do {
      process = try ChildProcess(
        [program, "-q", "--config", request], output: files[0], error: files[1])
    } catch { throw Diagnostic("cannot start \(program): \(error)") }
    let end = process.wait()
    guard end == .exited(status: 0) else {
      let reason = String(decoding: try AtomicFile.read(error), as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      throw Diagnostic("no answer: \(reason.isEmpty ? "curl ended with \(end)" : reason)").at(url)
    }
    let text = String(decoding: try AtomicFile.read(output), as: UTF8.self)
    guard let lineBreak = text.lastIndex(of: "\n"),
      let status = Int(text[text.index(after: lineBreak)...])
    else { throw Diagnostic("the answer is not of HTTP").at(url) }
    return Answer(status: status, body: String(text[..<lineBreak]))
  }

  /// Returns a text in the quotes of curl's configuration files.
  private static func quoted(_ text: String) -> String {
    "\""
      + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n").replacing("\r", with: "\\r") + "\""
  }
}

extension ChildProcess {
  /// Waits for the end of the process, and returns how it ended.
  fileprivate func wait() -> End {
    var interval: UInt32 = 500
    while true {
      if let end = ended() { return end }
      usleep(interval)
      interval = min(interval * 2, 20_000)
    }
  }
}
