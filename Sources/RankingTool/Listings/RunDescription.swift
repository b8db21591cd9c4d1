import Configuration
import Experiments
import Training

/// Everything that is known about one run.
struct RunDescription {
  private let run: StoredRun

  /// Creates the description of a run.
  init(of run: StoredRun) { self.run = run }

  /// The run as paragraphs and tables.
  ///
  /// - Throws: ``Diagnostic`` if its curves cannot be read.
  func text() throws -> String {
    let own = run.configuration
    var paragraphs = [
      heading, settings("settings", own.settings), settings("training", own.training),
    ]
    paragraphs.append(try course())
    if let record = run.record {
      let notes = record.deviations.map { "deviation: \($0)" } + record.notes.map { "note: \($0)" }
      paragraphs += [
        notes.joined(separator: "\n"),
        "validation\n" + MetricListing(grid: record.validation).text,
        "test\n" + MetricListing(grid: record.test, ceilings: record.ceilings).text,
      ]
    }
    paragraphs += [provenance, files]
    return paragraphs.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var heading: String {
    let own = run.configuration
    var lines = [
      "run: \(run.id)", "state: \(run.state.rawValue)", "model: \(own.model)", "seed: \(own.seed)",
      "data set: \(own.dataset)", "semantics: \(own.semantics)",
    ]
    lines += run.places.map { "place: row '\($0.row)', \($0.purpose.rawValue), trial \($0.trial)" }
    if let failure = run.outcome?.failure {
      lines.append("failure: \(failure.message)")
      if let step = failure.step { lines.append("failed at step: \(step)") }
    }
    if let pause = run.outcome?.pause {
      lines.append("pruned after: epoch \(pause.epochs), step \(pause.steps)")
    }
    if let reason = run.outcome?.exclusion?.reason { lines.append("excluded: it \(reason)") }
    if let problem = run.problem { lines.append("problem: \(problem)") }
    if let record = run.record { lines.append("parameters: \(record.parameterCount)") }
    return lines.joined(separator: "\n")
  }

  private func settings(_ title: String, _ values: [String: ConfigurationValue]) -> String {
    guard !values.isEmpty else { return "" }
    let lines = values.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value.description)" }
    return ([title] + lines).joined(separator: "\n")
  }

  private func course() throws -> String {
    guard let record = run.record else { return "" }
    let course = record.course
    let score = "validation/\(record.configuration.monitor)"
    var table = TextTable(["step", "epoch", "loss", score])
    for sample in try run.course() {
      func value(_ name: String) -> String {
        sample.values.first { $0.name == name }.map { fourDigits($0.value) } ?? "-"
      }
      table.add([
        "\(sample.step)", fixed(sample.epoch, digits: 2), value("loss/total"), value(score),
      ])
    }
    let times = record.timing
    return table.text + "\n"
      + "\(course.steps) steps (\(fixed(course.epochs, digits: 2)) epochs)"
      + (course.stoppedEarly ? ", stopped early" : "") + ", weights of step \(course.bestStep), "
      + "\(fixed(times.secondsPerEpoch, digits: 2)) s per epoch, "
      + "\(shortCount(times.rowsPerSecond)) rows/s"
  }

  private var provenance: String {
    guard let origin = run.outcome?.provenance else { return "" }
    return [
      "ended: \(origin.date)", "commit: \(origin.commit ?? "unknown")",
      "compiler: \(origin.toolchain)", "BLAS: \(origin.blas)", "processor: \(origin.processor)",
      "threads: \(origin.threads)\(origin.ranks.map { " of each of \($0) ranks" } ?? "")",
    ].joined(separator: "\n")
  }

  private var files: String {
    guard let directory = run.directory else { return "" }
    return
      (["files in \(directory.path)"]
      + directory.files.map { "  \($0.name): \(byteText($0.byteCount, digits: 1))" })
      .joined(separator: "\n")
  }

  /// The run in machine-readable form.
  ///
  /// - Throws: ``Diagnostic`` if its curves cannot be read.
  func value() throws -> ConfigurationValue {
    .object([
      "configuration": run.configuration.value,
      "course": .list(
        try run.course().map { sample in
          .object([
            "epoch": .number(sample.epoch), "step": .integer(sample.step),
            "values": .object(
              Dictionary(sample.values.map { ($0.name, .number($0.value)) }) { $1 }),
          ])
        }),
      "files": .object(
        Dictionary((run.directory?.files ?? []).map { ($0.name, .integer($0.byteCount)) }) { $1 }),
      "folder": (run.directory?.path).map { .string($0) } ?? .null,
      "id": .string(run.id), "outcome": run.outcome?.value ?? .null,
      "places": .list(
        run.places.map {
          .object([
            "purpose": .string($0.purpose.rawValue), "row": .string($0.row),
            "trial": .integer($0.trial),
          ])
        }),
      "problem": run.problem.map { .string($0) } ?? .null, "state": .string(run.state.rawValue),
    ])
  }
}
