import Configuration
import Experiments
import Foundation
import Reporting

/// The folder of a chaos run: an experiment on a small data set, and its store on a small file
/// system of its own, if that is permitted.
///
/// As root, the tool runs as a user without rights, so that permissions matter.
final class Site {
  let folder: String
  /// The store of the disturbed sweep.
  let store: String
  /// The size of the file system of the store; nil if it has none of its own.
  let diskMegabytes: Int?
  /// What this machine does not permit.
  private(set) var limitations: [String] = []
  /// The words before every command.
  private let prefix: [String]
  private let tool: String

  /// The name of the program of the tool.
  var toolName: String { URL(fileURLWithPath: tool).lastPathComponent }
  var experiment: String { "\(folder)/experiment.yaml" }
  var isUnprivileged: Bool { geteuid() != 0 || !prefix.isEmpty }
  private var disk: String { "\(folder)/disk" }
  private var filler: String { "\(disk)/filler" }

  init(tool: String, runCount: Int) throws {
    guard access(tool, X_OK) == 0 else { throw Trouble("\(tool) is not there: make build") }
    self.tool = tool
    folder = FileManager.default.temporaryDirectory.path + "/aesm2-chaos-\(getpid())"
    store = "\(folder)/disk/runs"
    try FileManager.default.createDirectory(
      atPath: "\(folder)/disk", withIntermediateDirectories: true)
    let isRoot = geteuid() == 0
    let megabytes = max(64, 2 * runCount)
    let isMounted =
      isRoot
      && Command(["mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "chaos", "\(folder)/disk"])
        .run().status == 0
    diskMegabytes = isMounted ? megabytes : nil
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    prefix = isRoot && Command(nobody + [tool, "--help"]).run().status == 0 ? nobody : []
    if !isMounted { limitations.append("a full disk (needs the right to mount a file system)") }
    if isRoot && prefix.isEmpty {
      limitations.append("permissions (root has them all, and there is no setpriv)")
    }
    for path in [folder, disk] where !prefix.isEmpty { chown(path, 65534, 65534) }
    try Self.specification(runCount).write(
      toFile: experiment, atomically: true, encoding: .utf8)
    try Self.rows.write(toFile: "\(folder)/rows.csv", atomically: true, encoding: .utf8)
    try Self.schema.write(toFile: "\(folder)/schema.yaml", atomically: true, encoding: .utf8)
    try expect(
      command([
        "data", "import", "\(folder)/schema.yaml", "--files", folder, "--output", "\(folder)/data",
      ]).run())
  }

  /// Some users in two places, who rather click on what costs more.
  private static var rows: String {
    var draw = Draw(seed: 9)
    let rows = (0..<800).map { row in
      let (price, place) = (draw.number(in: 0..<100), draw.isLucky(oneIn: 2) ? "A" : "B")
      let click = draw.number(in: 0..<100) < 20 + price / 2
      let buy = click && draw.isLucky(oneIn: 2)
      return
        "u\(draw.number(in: 0..<20)),\(place),\(price),\(row / 80),\(click ? 1 : 0),\(buy ? 1 : 0)\n"
    }
    return "user,place,price,day,click,buy\n" + rows.joined()
  }

  private static let schema = """
    name: chaos
    sources: [{file: rows.csv}]
    scenarios: [place]
    tasks: [click, buy]
    split:
      test: {where: {column: day, atLeast: 8}}
      validation: {where: {column: day, atLeast: 6}}
    features: {categorical: [user], numerical: [price]}

    """

  /// Three rows: in each, a third of the runs repeats the trial that the others have found.
  private static func specification(_ runCount: Int) -> String {
    """
    id: chaos
    dataset: {cache: data}
    models: [{id: shared-bottom}, {id: mmoe}, {id: aesm2}]
    settings: {embeddingSize: 4}
    training: {epochs: 25, batchSize: 16, patience: 0}
    search: {strategy: random, trials: \(runCount / 6)}
    seeds: \(runCount / 6)
    metrics: [auc, logLoss]

    """
  }

  /// Returns a call of the tool.
  func command(_ arguments: [String]) -> Command {
    Command(prefix + [tool] + arguments, folder: folder)
  }

  @discardableResult
  private func expect(_ outcome: Command.Outcome) throws -> Command.Outcome {
    guard outcome.status == 0 else {
      throw Trouble("\(outcome.command) ended with status \(outcome.status): \(outcome.error)")
    }
    return outcome
  }

  // MARK: Results

  /// The results of a store.
  struct Outcome {
    /// The table as CSV, without measured times.
    var table: [[Substring]]
    /// The runs, without measured times and provenance.
    var runs: Results
  }

  /// Runs the experiment in another store, and returns its results.
  func undisturbedResults() throws -> Outcome {
    let calm = "\(folder)/calm"
    try expect(command(["sweep", experiment, "--store", calm, "--jobs", "2"]).run())
    return try results(in: calm)
  }

  func results(in store: String) throws -> Outcome {
    let report = "\(folder)/report"
    defer { try? FileManager.default.removeItem(atPath: report) }
    try expect(
      command(["report", experiment, "--store", store, "--output", report]).run())
    var table = try String(contentsOfFile: "\(report)/table.csv", encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    for name in ReportContent.measuredHeadings {
      guard let measured = table.first?.firstIndex(of: name[...]) else {
        throw Trouble("the table has no column \(name)")
      }
      for index in table.indices { table[index].remove(at: measured) }
    }
    var runs = try Results(contentsOf: "\(report)/runs.jsonl")
    for index in runs.lines.indices {
      guard case .done(var record) = runs.lines[index].outcome else { continue }
      record.timing = RunRecord.Timing(secondsPerEpoch: 0, rowsPerSecond: 0)
      record.provenance.date = ""
      runs.lines[index].outcome = .done(record)
    }
    return Outcome(table: table, runs: runs)
  }

  /// Returns what is wrong with the store of the disturbed sweep, after its end.
  func findings(comparedWith expected: Outcome) -> [String] {
    var findings: [String] = []
    do {
      let found = try results(in: store)
      if found.table != expected.table { findings.append("the table differs") }
      if found.runs != expected.runs {
        findings.append(
          "the runs differ: \(found.runs.lines.count) instead of \(expected.runs.lines.count)")
      }
      let ids = found.runs.lines.map(\.outcome.configuration.id)
      if Set(ids).count != Set(expected.runs.lines.map(\.outcome.configuration.id)).count {
        findings.append("runs are missing or counted twice")
      }
    } catch { findings.append("\(error)") }
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    for name in names {
      let last = name.split(separator: "/").last ?? ""
      if last.hasPrefix(".") || last.contains("checkpoint") {
        findings.append("left behind: \(name)")
      }
    }
    return findings
  }

  /// The names of runs whose files are unusable, as `status` tells.
  func damagedRuns() -> [String] {
    let status = command(["status", experiment, "--store", store, "--json"]).run()
    guard status.status == 0, let value = try? ConfigurationValue(json: status.output),
      case .list(let runs)? = value["runs"]
    else { return [] }
    return runs.filter { $0["state"] == .string("damaged") }
      .compactMap { $0["id"].flatMap(String.init(configuration:)) }
  }

  // MARK: Disk

  /// Fills the file system of the store.
  func fillDisk() {
    guard diskMegabytes != nil, let file = fopen(filler, "w") else { return }
    let zeros = [UInt8](repeating: 0, count: 4096)
    while fwrite(zeros, 1, zeros.count, file) == zeros.count, fflush(file) == 0 {}
    fclose(file)
  }

  func freeDisk() { unlink(filler) }

  /// Makes the file system of the store read-only or writable; returns whether that worked.
  private func remount(_ mode: String) -> Bool {
    Command(["mount", "-o", "remount,\(mode)", disk]).run().status == 0
  }

  /// Checks sweeps on a read-only and on a full store: the complete one gives its table, and one that
  /// lacks a run says why, and goes on as soon as it can.
  func findingsOnUnwritableStores(_ expected: Outcome) throws -> [String] {
    guard diskMegabytes != nil else { return [] }
    var findings: [String] = []
    let sweep = command(["sweep", experiment, "--store", store])
    func expectFailure(_ reason: String) {
      let outcome = sweep.run()
      if outcome.status != 1 || !outcome.error.contains(reason) {
        findings.append("instead of '\(reason)': status \(outcome.status), \(outcome.error)")
      }
    }
    func removeRun() throws {
      let runs = try FileManager.default.contentsOfDirectory(atPath: store).sorted()
      guard let run = runs.first else { throw Trouble("the store is empty") }
      try FileManager.default.removeItem(atPath: "\(store)/\(run)")
    }
    guard remount("ro") else { throw Trouble("cannot remount \(disk)") }
    for arguments in [["sweep"], ["status"], ["report"]] {
      try expect(command(arguments + [experiment, "--store", store]).run())
    }
    _ = remount("rw")
    try removeRun()
    guard remount("ro") else { throw Trouble("cannot remount \(disk)") }
    expectFailure("Read-only file system")
    _ = remount("rw")
    fillDisk()
    expectFailure("No space left on device")
    freeDisk()
    try expect(command(["sweep", experiment, "--store", store, "--retry-failed"]).run())
    return findings + self.findings(comparedWith: expected)
  }

  // MARK: End

  /// Returns a finding for every process of the tool that is still there after some seconds; it is
  /// killed.
  func processesLeft() -> [String] {
    let deadline = ContinuousClock.now + .seconds(10)
    while !RunningProcess.all(mentioning: folder).isEmpty, .now < deadline { usleep(100_000) }
    return RunningProcess.all(mentioning: folder).map { process in
      kill(process.id, SIGKILL)
      return "process \(process.id) is left: \(process.command.joined(separator: " "))"
    }
  }

  /// Removes everything.
  func remove() {
    if diskMegabytes != nil { _ = Command(["umount", disk]).run() }
    try? FileManager.default.removeItem(atPath: folder)
  }
}
