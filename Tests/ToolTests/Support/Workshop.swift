import Foundation
import Reporting
import Testing

/// A folder in which tests run the tool: a tiny CSV file with its schema, the data set made of them
/// (`data`), a run on it (`run`) and an experiment (`experiment.yaml`), copied for every test.
struct Workshop {
  /// The folder.
  let folder: URL

  /// Calls `body` with a new workshop, and removes its folder afterwards.
  static func with<Result>(_ body: (Workshop) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("aesm2-tool-" + UUID().uuidString)
    try FileManager.default.copyItem(at: try template.get(), to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(Workshop(folder: folder))
  }

  /// Runs the tool with a command line, split at blanks, in the folder.
  @discardableResult
  func tool(
    _ commandLine: String, environment: [String: String] = [:], tool: URL = ToolBinary.url
  ) throws -> ToolBinary.Outcome {
    try ToolBinary.run(
      commandLine.split(separator: " ").map(String.init), in: folder, environment: environment,
      tool: tool)
  }

  /// Returns the rows of the experiment's table as CSV, without what is measured.
  func unmeasuredTable(store: String = "runs") throws -> [[Substring]] {
    let csv = try tool("report experiment.yaml --store \(store) --format csv").output
    var rows = csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    for name in ReportContent.measuredHeadings {
      let measured = try #require(rows.first?.firstIndex(of: name[...]))
      for index in rows.indices { rows[index].remove(at: measured) }
    }
    return rows
  }

  /// Returns the exit status and the message of a command line, with the folder's path left out.
  func failure(_ commandLine: String, environment: [String: String] = [:]) throws -> String {
    let outcome = try tool(commandLine, environment: environment)
    let path = folder.resolvingSymlinksInPath().path
    return "\(outcome.status) "
      + outcome.error.replacing(path + "/", with: "").replacing(folder.path + "/", with: "")
      .trimmingCharacters(in: .newlines)
  }

  /// Writes a file.
  func write(_ text: String, to name: String) throws {
    let url = self[name]
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  /// Replaces text in a file.
  func replace(_ text: String, with other: String, in name: String) throws {
    let old = try String(contentsOf: self[name], encoding: .utf8)
    guard old.contains(text) else { throw Missing(text: text, file: name) }
    try write(old.replacing(text, with: other), to: name)
  }

  /// Returns the bytes of a file.
  func bytes(_ name: String) throws -> Data { try Data(contentsOf: self[name]) }

  /// Whether a file or folder is there.
  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self[name].path) }

  subscript(_ name: String) -> URL { folder.appendingPathComponent(name) }

  struct Missing: Error {
    var text: String
    var file: String
  }
}

extension Workshop {
  /// Two places, two tasks, 400 rows; the labels follow price and place with some chance.
  static let csv: String = {
    var state: UInt64 = 9
    func draw(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    var text = "user,place,price,day,click,buy\n"
    for row in 0..<400 {
      let (user, price, place) = (draw(20), draw(100), draw(2) == 0 ? "A" : "B")
      let click = draw(100) < 20 + price / 2 ? 1 : 0
      let buy = click == 1 && draw(2) == 0 ? 1 : 0
      text += "u\(user),\(place),\(price).5,\(row / 40 + 1),\(click),\(buy)\n"
    }
    return text
  }()

  static let schema = """
    name: tiny
    sources: [{file: log.csv}]
    scenarios: [place]
    tasks: [click, buy]
    group: user
    split:
      test: {where: {column: day, atLeast: 9}}
      validation: {where: {column: day, atLeast: 7}}
    features:
      categorical: [user]
      numerical: [price]

    """

  static let experiment = """
    id: tiny
    dataset: {cache: data}
    models:
      - id: shared-bottom
      - id: aesm2
        search: {strategy: random, trials: 1}
    settings: {embeddingSize: 4}
    training: {epochs: 3, batchSize: 16}
    seeds: 2
    metrics: [auc]

    """

  /// Made once for all tests of the process.
  private static let template: Result<URL, any Error> = Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("aesm2-tool-template-\(ProcessInfo.processInfo.processIdentifier)")
    let workshop = Workshop(folder: folder)
    try workshop.write(csv, to: "files/log.csv")
    try workshop.write(schema, to: "schema.yaml")
    try workshop.write(experiment, to: "experiment.yaml")
    atexit { Workshop.removeTemplate() }
    for command in [
      "data import schema.yaml --files files --output data",
      "train --data data --model shared-bottom --set epochs=1 --set batchSize=64 --run-dir run",
    ] {
      let outcome = try workshop.tool(command)
      guard outcome.status == 0 else { throw Missing(text: outcome.error, file: command) }
    }
    return folder
  }

  private static func removeTemplate() {
    if case .success(let folder) = template { try? FileManager.default.removeItem(at: folder) }
  }
}
