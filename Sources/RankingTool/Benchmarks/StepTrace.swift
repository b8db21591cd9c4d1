import ArgumentParser
import Configuration
import Foundation
import Ranking
import Synchronization
import TensorCore
import Training

struct BenchTraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Write the first training steps of a model, to compare implementations.",
    discussion: """
      Dropout and gate noise are off. Writes weights.safetensors (before the first step), \
      batches.safetensors, gradients.safetensors (of the first step) and trace.json (the losses).

      Example:
        aesm2 bench trace --model aesm2 --steps 10 --output trace
      """)

  @OptionGroup var workload: WorkloadOptions

  @Option(help: "The number of steps.")
  var steps = 10

  @Option(help: "The output folder.")
  var output: String

  @OptionGroup var threads: ThreadOptions

  func validate() throws { try check(steps, named: "--steps", in: 1...1000) }

  func run() throws {
    try threads.applyForProducts()
    try StepTrace(try workload.workload(), steps: steps)
      .write(to: URL(fileURLWithPath: output))
  }
}

/// The first training steps of a workload, in files that another implementation can reproduce.
///
/// Dropout and gate noise are off. The files are:
///
/// - `weights.safetensors`: the initial parameters and buffers, under their names.
/// - `batches.safetensors`: `<step>/ids`, `/numericals`, `/leaves` and `/labels`, all as 32-bit
///   floats.
/// - `gradients.safetensors`: the gradient of every parameter in the first step, before weight
///   decay.
/// - `trace.json`: the loss of every step, and the workload.
struct StepTrace {
  private let workload: BenchmarkWorkload
  private let steps: Int

  init(_ workload: BenchmarkWorkload, steps: Int) {
    var quiet = workload
    for setting in workload.entry.settings.map(\.name) where ["dropout", "noise"].contains(setting)
    {
      quiet.settings[setting] = .number(0)
    }
    self.workload = quiet
    self.steps = steps
  }

  /// Trains the model, and writes the files.
  func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    let model = try workload.model()
    try WeightFile.save(model, to: path("weights.safetensors"))
    let rows = RecordedRows(workload.rows(stepCount: steps))
    var losses: [ConfigurationValue] = []
    _ = try workload.session(model, on: rows).run(
      observer: { event in
        if case .step(let report) = event { losses.append(.number(report.loss.total)) }
      }, shouldStop: { losses.count >= steps })
    let batches = Array(rows.batches.prefix(steps))
    try Safetensors(tensors: batches.enumerated().flatMap(tensors)).write(
      to: path("batches.safetensors"))
    try Safetensors(tensors: try firstGradients(of: batches)).write(
      to: path("gradients.safetensors"))
    let trace = workload.description.merging(["losses": .list(losses)]) { $1 }
    try AtomicFile.write(
      path("trace.json"), bytes: Array((ConfigurationValue.object(trace).canonicalJSON + "\n").utf8)
    )
  }

  private func tensors(step: Int, rows: LabeledBatch) -> [NamedTensor] {
    let batch = rows.batch
    let ids = Tensor(batch.ids.map(Float.init), shape: [batch.rowCount, problemFieldCount])
    return [
      NamedTensor(name: "\(step)/ids", value: ids),
      NamedTensor(name: "\(step)/numericals", value: batch.numericals),
      NamedTensor(
        name: "\(step)/leaves",
        value: Tensor(batch.leaves.map(Float.init), shape: [batch.rowCount])),
      NamedTensor(name: "\(step)/labels", value: rows.labels),
    ]
  }

  private var problemFieldCount: Int { workload.problem.fields.count }

  /// Returns the gradients of fresh weights on the first batch; zero if the loss does not depend on
  /// them.
  private func firstGradients(of batches: [LabeledBatch]) throws -> [NamedTensor] {
    guard let rows = batches.first else { return [] }
    let model = try workload.model()
    let tape = Tape()
    let context = ForwardContext.training(tape: tape, streams: RandomStreams(seed: 1), step: 0)
    let predictions = MatrixPrecision.$current.withValue(workload.options.precision) {
      model(rows.batch, in: context)
    }
    let weights = workload.options.lossReduction.weights(
      mask: rows.mask, leaves: rows.batch.leaves, leafCount: workload.problem.scenarios.leafCount,
      taskWeights: workload.problem.tasks.map { _ in 1 })
    var loss = predictions.logits.sigmoidCrossEntropy(labels: rows.labels, weights: weights)
    let terms = predictions.additionalLosses(labels: rows.labels, weights: weights)
    for term in terms where term.weight != 0 {
      loss = loss + term.value.scaled(by: Float(term.weight))
    }
    tape.backward(from: loss)
    return model.store.parameters.map { parameter in
      let value =
        switch parameter.gradient {
        case .none: Tensor(zeros: parameter.value.shape)
        case .dense(let gradient): gradient
        case .rows(let rows): rows.densified(rowCount: parameter.value.shape[0])
        }
      return NamedTensor(name: parameter.name, value: value)
    }
  }
}

/// Rows that record the batches that were read, in order.
private final class RecordedRows: RowSource {
  private let rows: any RowSource
  private let recorded = Mutex<[LabeledBatch]>([])

  init(_ rows: any RowSource) { self.rows = rows }

  var problem: Problem { rows.problem }
  var rowCount: Int { rows.rowCount }
  var groups: [Int32]? { get throws { try rows.groups } }
  var batches: [LabeledBatch] { recorded.withLock { $0 } }

  func batch(rows indices: [Int32]) throws -> LabeledBatch {
    let batch = try rows.batch(rows: indices)
    recorded.withLock { $0.append(batch) }
    return batch
  }
}
