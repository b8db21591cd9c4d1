import Configuration
import Experiments
import Training

/// A folder for `tensorboard --logdir`, with a folder and one event file per run.
///
/// - Scalars: the course of training (`loss/…`, `learningRate`, `validation/…`) and, at the step of
///   the kept weights, all defined numbers of the record as `kept/validation/…` and `test/…`.
/// - HParams: model, seed and all settings, lists as JSON text; the tab has columns for those that
///   differ, and for the macro and pooled means of every metric on the test split.
/// - Histograms, with weights: every tensor of the kept weights, as `weights/…`.
///
/// TensorBoard stores scalars in 32 bits. The time of all events is when the run ended, so the same
/// runs give the same bytes.
package enum TensorBoardExporter: RunExporter {
  package static let id = "tensorboard"
  package static let summary = "events for TensorBoard: scalars, HParams and histograms of weights"
  package static let destination = "a new folder"
  package static let takesWeights = true

  /// Writes the folder.
  package static func export(_ request: ExportRequest) throws -> ExportSummary {
    let folder = try PartialFolder(for: request.destination)
    let names = Set(
      request.runs.compactMap(\.record).flatMap { record in
        record.test.metrics.flatMap { [MetricName($0, .macro), MetricName($0, .pooled)] }
      }.map { "test/\($0)" })
    let time = request.runs.map(\.endTime).max() ?? 0
    try TensorBoardWriter(
      path: "\(folder.path)/events.out.tfevents.\(Int(time)).experiment", time: time
    ).write([HyperparameterSession.experiment(of: request.runs, metrics: names.sorted())], step: 0)
    for run in request.runs {
      let place = "\(folder.path)/\(run.folderName)"
      try createFolder(place)
      try write(run, to: place, includesWeights: request.includesWeights)
    }
    try folder.publishNew()
    return ExportSummary(written: request.runs.count)
  }

  private static func write(_ run: StoredRun, to folder: String, includesWeights: Bool) throws {
    let time = run.endTime
    let writer = try TensorBoardWriter(
      path: "\(folder)/events.out.tfevents.\(Int(time)).\(run.id.prefix(8))", time: time)
    try writer.write([HyperparameterSession.start(of: run, at: time)], step: 0)
    for sample in try run.course() {
      try writer.write(
        sample.values.map { TensorBoardWriter.scalar($0.name, $0.value) }, step: sample.step)
    }
    if let record = run.record {
      let numbers = record.namedResults.map { TensorBoardWriter.scalar($0.name, $0.value) }
      try writer.write(numbers, step: record.course.bestStep)
    }
    if includesWeights, let path = run.file(\.weightsPath) {
      let tensors = try Safetensors(contentsOf: path).tensors
      let histograms = tensors.map {
        WeightHistogram($0.value.values).summary("weights/\($0.name)")
      }
      try writer.write(histograms, step: run.record?.course.bestStep ?? 0)
    }
    try writer.write([HyperparameterSession.end(of: run, at: time)], step: 0)
  }
}
