import Configuration
import Experiments
import Foundation

/// Runs of an MLflow server: settings as parameters, the course of training and the results as
/// metrics, the rest as tags, and the record, the curves and optionally the weights as artifacts.
///
/// A run has the tag `aesm2.run` with its id; one that the server already has in the experiment is
/// skipped, one that was sent in part is deleted and sent anew. MLflow takes fewer characters in
/// names than we do: others become `_`.
package enum MLflowExporter: RunExporter {
  package static let id = "mlflow"
  package static let summary = "runs of an MLflow server, over its REST interface"
  package static let destination = "the address of the server"
  package static let takesWeights = true
  package static let takesExperiment = true

  private static let tag = "aesm2.run"

  /// Sends the runs.
  package static func export(_ request: ExportRequest) throws -> ExportSummary {
    let server = try MLflowServer(at: request.destination)
    let experiment = try server.experiment(named: request.experiment)
    var summary = ExportSummary(written: 0)
    var lacksArtifacts = false
    for run in request.runs {
      if try isComplete(run, in: experiment, on: server) {
        summary.skipped += 1
        continue
      }
      let sent = try send(run, to: experiment, on: server, weights: request.includesWeights)
      if !sent { lacksArtifacts = true }
      summary.written += 1
    }
    if lacksArtifacts {
      summary.notes.append(
        "the server does not store files for its clients, so records were not uploaded: start it "
          + "with --serve-artifacts")
    }
    return summary
  }

  /// Returns whether the server has all of a run; deletes what was sent in part.
  private static func isComplete(
    _ run: StoredRun, in experiment: String, on server: MLflowServer
  ) throws -> Bool {
    let found = try server.call(
      "POST", "runs/search",
      [
        "experiment_ids": .list([.string(experiment)]),
        "filter": .string("tags.`\(tag)` = '\(run.id)'"),
      ])
    guard case .list(let runs)? = found["runs"] else { return false }
    var isComplete = false
    for run in runs {
      let info = try ConfigurationFields(run["info"] ?? .null)
      if try ["FINISHED", "FAILED", "KILLED"].contains(info("status", String.self)) {
        isComplete = true
      } else {
        try server.call("POST", "runs/delete", ["run_id": .string(info("run_id"))])
      }
    }
    return isComplete
  }

  /// Sends a run.
  ///
  /// - Returns: Whether the server took its files.
  private static func send(
    _ run: StoredRun, to experiment: String, on server: MLflowServer, weights: Bool
  ) throws -> Bool {
    let time = ConfigurationValue.integer(Int(run.endTime * 1000))
    let created = try server.call(
      "POST", "runs/create",
      [
        "experiment_id": .string(experiment), "run_name": .string(run.folderName),
        "start_time": time, "tags": pairs(tags(of: run)),
      ])
    let info = try ConfigurationFields(created["run"]?["info"] ?? .null)
    let name = ConfigurationValue.string(try info("run_id"))
    try sendNumbers(of: run, at: time, to: name, on: server)
    let tookFiles = try upload(
      run, to: try info("artifact_uri", String.self), on: server, weights: weights)
    try server.call(
      "POST", "runs/update",
      [
        "run_id": name, "end_time": time,
        "status": .string(status(of: run)),
      ])
    return tookFiles
  }

  private static func sendNumbers(
    of run: StoredRun, at time: ConfigurationValue, to name: ConfigurationValue,
    on server: MLflowServer
  ) throws {
    var names = MLflowNames()
    let parameters = run.hyperparameters.map { (names[$0.name], $0.value.plainText) }
    for batch in batches(parameters, of: MLflowServer.parameterLimit) {
      try server.call("POST", "runs/log-batch", ["run_id": name, "params": pairs(batch)])
    }
    var numbers = try run.course().flatMap { sample in
      sample.values.map { ($0.name, $0.value, sample.step) }
    }
    if let record = run.record {
      numbers += record.namedResults.map { ($0.name, $0.value, record.course.bestStep) }
    }
    let metrics = numbers.map { number -> ConfigurationValue in
      .object([
        "key": .string(names[number.0]), "value": .number(number.1), "step": .integer(number.2),
        "timestamp": time,
      ])
    }
    for batch in batches(metrics, of: MLflowServer.metricLimit) {
      try server.call("POST", "runs/log-batch", ["run_id": name, "metrics": .list(batch)])
    }
  }

  /// MLflow's status: killed is the nearest to a trial that was not trained to its end.
  private static func status(of run: StoredRun) -> String {
    switch run.outcome {
    case .done: "FINISHED"
    case .failed: "FAILED"
    default: "KILLED"
    }
  }

  private static func tags(of run: StoredRun) -> [(String, String)] {
    let provenance = run.outcome?.provenance
    let place = run.places.first
    let tags: [(String, String?)] = [
      (tag, run.id), ("aesm2.row", place?.row), ("aesm2.purpose", place?.purpose.rawValue),
      ("aesm2.trial", place.map { "\($0.trial)" }),
      ("aesm2.parameters", run.record.map { "\($0.parameterCount)" }),
      ("aesm2.state", run.state.rawValue),
      ("aesm2.failure", run.outcome?.failure?.message ?? run.outcome?.exclusion?.reason),
      ("aesm2.processor", provenance?.processor), ("aesm2.blas", provenance?.blas),
      ("aesm2.toolchain", provenance?.toolchain), ("mlflow.source.git.commit", provenance?.commit),
    ]
    // The server refuses texts of more than 5,000 bytes.
    return tags.compactMap { name, text in text.map { (name, excerpt($0, limit: 1000)) } }
  }

  private static func upload(
    _ run: StoredRun, to root: String, on server: MLflowServer, weights: Bool
  ) throws -> Bool {
    guard let stored = try run.stored() else { return true }
    let scratch = try PartialFolder(
      for: FileManager.default.temporaryDirectory.appending(path: "aesm2-record").path)
    let record = "\(scratch.path)/record.json"
    try AtomicFile.write(record, bytes: (stored.text + "\n").utf8)
    let names: [RunStore.State: String] = [.done: "record.json", .failed: "failure.json"]
    let name = names[stored.outcome.state] ?? "\(stored.outcome.state.rawValue).json"
    guard try server.upload(record, as: name, to: root) else { return false }
    if let path = run.file(\.curvesPath) {
      _ = try server.upload(path, as: "curves.jsonl", to: root)
    }
    if weights, let path = run.file(\.weightsPath) {
      _ = try server.upload(path, as: "weights.safetensors", to: root)
    }
    return true
  }

  private static func pairs(_ pairs: [(String, String)]) -> ConfigurationValue {
    .list(pairs.map { .object(["key": .string($0.0), "value": .string($0.1)]) })
  }

  private static func batches<Element>(_ elements: [Element], of size: Int) -> [[Element]] {
    stride(from: 0, to: elements.count, by: size).map {
      Array(elements[$0..<min($0 + size, elements.count)])
    }
  }
}
