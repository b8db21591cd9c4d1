import Configuration
import Foundation
import TensorCore

/// The runs of stores and results files, each once, in the order in which they were found.
///
/// | source | runs |
/// | --- | --- |
/// | a store | all folders in it that have a `configuration.json`, by name |
/// | the folder of one run | that run |
/// | a folder with `runs.jsonl`, such as `results/NAME` | those of the file |
/// | a file | one per line: a line of ``Results``, or a bare record |
package struct RunCollection: Sendable {
  /// The runs.
  package private(set) var runs: [StoredRun] = []
  /// One sentence for each run that cannot be used, or that two sources tell differently.
  package private(set) var problems: [String] = []
  private var indices: [String: Int] = [:]
  /// The number of lines read so far, of all files.
  private var lineCount = 0

  /// Creates a collection of given runs.
  package init(_ runs: [StoredRun]) { for run in runs { add(run, from: "") } }

  /// Reads all runs of some sources.
  ///
  /// Of a run in several sources, the first outcome counts; places in experiments are collected
  /// from all.
  ///
  /// - Throws: ``Diagnostic`` if a source does not exist or is not one, or a results file cannot be
  ///   read. Damaged run folders are named in ``problems`` instead.
  package init(contentsOf sources: [String]) throws {
    for source in sources {
      guard let status = fileStatus(source) else {
        throw Diagnostic("there is no such store or results file").at(source)
      }
      guard status.st_mode & S_IFMT == S_IFDIR else {
        try addLines(of: source)
        continue
      }
      let results = "\(source)/runs.jsonl"
      if access(results, F_OK) == 0 { try addLines(of: results) } else { try addRuns(in: source) }
    }
  }

  private mutating func addRuns(in folder: String) throws {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
      throw Diagnostic(cannot: "read", folder, because: error)
    }
    let paths =
      names.contains("configuration.json")
      ? [folder]
      : names.sorted().filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
    let found = concurrentMap(paths) { path in
      Result { try StoredRun(in: RunDirectory(path: path)) }
    }
    for run in found {
      switch run {
      case .success(let run?):
        if let problem = run.problem { problems.append(problem) }
        add(run, from: folder)
      case .success(nil): break
      case .failure(let error): problems.append("\(error)")
      }
    }
  }

  private mutating func addLines(of path: String) throws {
    let text = String(decoding: try AtomicFile.read(path), as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .filter { !$0.element.isEmpty }
    let lineCount = lineCount
    let found = concurrentMap(lines) { index, line in
      Result {
        try locating("\(path):\(index + 1)") {
          try StoredRun(line: String(line), order: lineCount + index)
        }
      }
    }
    self.lineCount += lines.count
    for run in found { add(try run.get(), from: path) }
  }

  private mutating func add(_ run: StoredRun, from source: String) {
    guard let index = indices[run.id] else {
      indices[run.id] = runs.count
      runs.append(run)
      return
    }
    for place in run.places where !runs[index].places.contains(place) {
      runs[index].places.append(place)
    }
    if runs[index].directory == nil { runs[index].directory = run.directory }
    // Whether a run counts as pruned or excluded depends on the experiment.
    guard let outcome = run.outcome, outcome.isFinal || runs[index].outcome == nil else { return }
    guard let known = runs[index].outcome, known.isFinal else {
      runs[index] = run.with(places: runs[index].places, directory: runs[index].directory)
      return
    }
    if known != outcome {
      problems.append("\(source) has another record of the run \(run.id), which is not used")
    }
  }
}

extension RunCollection {
  /// Returns the run whose id begins with some digits.
  ///
  /// - Throws: ``Diagnostic`` if there is none, or more than one.
  package func run(_ prefix: String) throws -> StoredRun {
    let found = runs.filter { $0.id.hasPrefix(prefix.lowercased()) }
    guard let run = found.first, !prefix.isEmpty else {
      throw Diagnostic("there is no run '\(excerpt(prefix))' among \(counted(runs.count, "run"))")
    }
    guard found.count == 1 else {
      let shown = found.prefix(5).map(\.id).joined(separator: ", ")
      throw Diagnostic(
        "'\(excerpt(prefix))' is the beginning of \(found.count) runs (\(shown)"
          + "\(found.count > 5 ? ", …" : "")): give more digits")
    }
    return run
  }

  /// Returns the run with an id, if it is known.
  func known(_ id: String) -> StoredRun? { indices[id].map { runs[$0] } }

  /// Keeps the runs that meet a condition.
  package mutating func keep(where isKept: (StoredRun) throws -> Bool) rethrows {
    replace(by: try runs.filter(isKept))
  }

  /// Takes other runs in place of these.
  mutating func replace(by others: [StoredRun]) {
    runs = others
    indices = Dictionary(uniqueKeysWithValues: others.enumerated().map { ($1.id, $0) })
  }

  /// Returns the runs that are results of a table, by row, in the order of the table.
  ///
  /// - Throws: ``Diagnostic`` if there are none.
  func resultsByRow() throws -> [(label: String, runs: [StoredRun])] {
    let rows = runsByRow(.result)
    guard !rows.isEmpty else { throw Diagnostic("has no results of a table") }
    return rows
  }

  /// Returns the runs with a purpose, by row, in the order in which rows were found.
  func runsByRow(_ purpose: Plan.Purpose) -> [(label: String, runs: [StoredRun])] {
    var labels: [String] = []
    var byRow: [String: [StoredRun]] = [:]
    for run in runs {
      for place in run.places where place.purpose == purpose {
        if byRow[place.row] == nil { labels.append(place.row) }
        byRow[place.row, default: []].append(run)
      }
    }
    return labels.map { ($0, byRow[$0] ?? []) }
  }
}
