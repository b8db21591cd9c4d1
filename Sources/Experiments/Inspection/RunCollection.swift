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
    guard let outcome = run.outcome else { return }
    if let known = runs[index].outcome {
      guard known != outcome else { return }
      problems.append("\(source) has another record of the run \(run.id), which is not used")
    } else {
      runs[index] = run.with(places: runs[index].places, directory: runs[index].directory)
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

  /// Keeps the runs of an experiment, and adds the places that they have in it.
  ///
  /// The plan is derived for every data set that the runs were made on.
  ///
  /// - Parameter plan: Returns the plan on the data with a fingerprint.
  /// - Returns: The fingerprints of the data sets on which the experiment has runs here.
  /// - Throws: ``Diagnostic`` if the plan cannot be derived for any data set.
  @discardableResult
  package mutating func keepRuns(of plan: (_ dataset: String) throws -> Plan) throws -> [String] {
    let places = try planned(by: plan).places
    var kept: [StoredRun] = []
    for var run in runs {
      guard let found = places[run.id] else { continue }
      run.places = found
      kept.append(run)
    }
    runs = kept
    indices = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1.id, $0) })
    return Set(kept.map(\.configuration.dataset)).sorted()
  }

  /// The runs of an experiment that can be named now.
  struct Planned {
    /// The places of each run in the experiment, by id.
    var places: [String: [StoredRun.Place]] = [:]
    /// The data sets on which the experiment has runs here, but not all of its runs can be named
    /// yet, since a search is not over or the record of a trial is missing.
    var openDatasets: Set<String> = []
  }

  /// Returns the runs of an experiment on every data set that runs here were made on.
  func planned(by plan: (_ dataset: String) throws -> Plan) throws -> Planned {
    var planned = Planned()
    var error: (any Error)?
    var hasPlan = false
    for dataset in Set(runs.map(\.configuration.dataset)).sorted() {
      do {
        let plan = try plan(dataset)
        let named = try plan.runs { id in indices[id].flatMap { runs[$0].outcome } }
        hasPlan = true
        for (order, run) in named.enumerated() {
          planned.places[run.id, default: []].append(
            StoredRun.Place(row: run.row, purpose: run.purpose, trial: run.trial, order: order))
        }
        if named.count < plan.finalCount, named.contains(where: { indices[$0.id] != nil }) {
          planned.openDatasets.insert(dataset)
        }
      } catch let failure {
        // Predictions that were handed in are of one data set only.
        error = error ?? failure
      }
    }
    if let error, !hasPlan { throw error }
    return planned
  }

  /// Keeps the runs that meet a condition.
  package mutating func keep(where isKept: (StoredRun) throws -> Bool) rethrows {
    runs = try runs.filter(isKept)
    indices = Dictionary(uniqueKeysWithValues: runs.enumerated().map { ($1.id, $0) })
  }
}
