import Configuration
import Foundation
import Training

/// A run as it was found in a store or in a results file.
package struct StoredRun: Sendable {
  /// The part that a run has in an experiment.
  package struct Place: Sendable, Equatable {
    /// The label of the row.
    package let row: String
    /// The purpose of the run.
    package let purpose: Plan.Purpose
    /// The number of the trial.
    package let trial: Int
    /// The name of the data set in the experiment's ``DataGrid``; nil if there is only one.
    package let cell: String?
    /// The position among the runs of the experiment.
    package let order: Int
    /// How the run ended in this place, where a scheduler may have pruned it; nil if it has not.
    let outcome: RunOutcome?

    /// Creates a place.
    package init(
      row: String, purpose: Plan.Purpose, trial: Int, cell: String? = nil, order: Int,
      outcome: RunOutcome? = nil
    ) {
      (self.row, self.purpose, self.trial, self.order) = (row, purpose, trial, order)
      self.cell = cell
      self.outcome = outcome
    }

    /// Whether two places are the same, whatever their positions.
    package static func == (a: Place, b: Place) -> Bool {
      a.row == b.row && a.purpose == b.purpose && a.trial == b.trial && a.cell == b.cell
    }
  }

  /// The name of the run.
  package let id: String
  /// The configuration of the run.
  package let configuration: RunConfiguration
  /// The state; of a run in a results file, how it ended.
  package var state: RunStore.State
  /// How the run ended; nil if it has not.
  package var outcome: RunOutcome?
  /// The folder of the run; nil if only its record is known.
  package var directory: RunDirectory?
  /// The places of the run in experiments, as far as its source tells them.
  package var places: [Place] = []
  /// Why the state is ``RunStore/State/damaged``.
  package var problem: String?
  /// The line of the file that the run was read from.
  private var line: String?

  /// Returns the run with other places and, if it has none, another folder.
  func with(places: [Place], directory: RunDirectory?) -> StoredRun {
    var run = self
    run.places = places
    if run.directory == nil { run.directory = directory }
    return run
  }

  /// The record of a finished run.
  package var record: RunRecord? { outcome?.record }

  /// Reads a line of a results file, or a bare record.
  ///
  /// - Parameter order: The position of the line.
  /// - Throws: ``Diagnostic`` if it is neither.
  init(line: String, order: Int) throws {
    let value = try ConfigurationValue(json: line)
    if value["row"] == nil, value["configuration"] != nil {
      self.init(try RunOutcome(value))
    } else {
      let line = try Results.Line(json: line)
      self.init(
        line.outcome, id: line.id,
        places: [
          Place(
            row: line.row, purpose: line.purpose, trial: line.trial, cell: line.cell,
            order: order, outcome: line.outcome)
        ])
    }
    self.line = line
  }

  /// Creates a run that is known by its outcome.
  package init(_ outcome: RunOutcome, id: String? = nil, places: [Place] = []) {
    self.id = id ?? outcome.configuration.id
    configuration = outcome.configuration
    state = outcome.state
    self.outcome = outcome
    self.places = places
  }

  /// Reads the run in a folder; nil if the folder is not of a run.
  ///
  /// A record that cannot be used makes the run damaged.
  ///
  /// - Throws: ``Diagnostic`` if the configuration cannot be read.
  init?(in directory: RunDirectory) throws {
    guard access(directory.configurationPath, F_OK) == 0 else { return nil }
    self.directory = directory
    configuration = try directory.configuration()
    id = configuration.id
    do {
      outcome = try directory.stored(id: id)?.outcome
      state = outcome?.state ?? directory.state
    } catch let error as Diagnostic {
      (state, problem) = (.damaged, error.description)
    }
  }

  /// Returns how the run ended with the text of its record, as it was written, as one line of JSON;
  /// nil if it has not ended.
  ///
  /// An earlier version may have rounded means in another way, so the text of a record that was
  /// read is kept instead of being made anew.
  ///
  /// - Throws: ``Diagnostic`` if the file of the run can no longer be read.
  package func stored() throws -> StoredOutcome? {
    guard let outcome else { return nil }
    if let line {
      let value = try ConfigurationValue(json: line)
      let text = (value["run"] ?? value).canonicalJSON
      return StoredOutcome(outcome: outcome, id: id, text: text)
    }
    if let stored = try directory?.stored(id: id), stored.outcome == outcome { return stored }
    return StoredOutcome(outcome: outcome, id: id, text: outcome.value.canonicalJSON)
  }

  /// Returns the lines of a results file for the places of the run that are settled, each with its
  /// position.
  ///
  /// - Throws: ``Diagnostic`` if the file of the run can no longer be read.
  package func resultsLines() throws -> [(order: Int, line: Results.Line)] {
    try places.compactMap { place in
      guard let settled = place.outcome else { return nil }
      let stored = settled == outcome ? try stored() : nil
      let (row, purpose, trial, cell) = (place.row, place.purpose, place.trial, place.cell)
      let line =
        stored.map {
          Results.Line(row: row, purpose: purpose, trial: trial, cell: cell, stored: $0)
        } ?? Results.Line(row: row, purpose: purpose, trial: trial, cell: cell, outcome: settled)
      return (place.order, line)
    }
  }

  /// The path of a file of the run's folder, if it exists.
  package func file(_ path: KeyPath<RunDirectory, String>) -> String? {
    guard let found = directory?[keyPath: path], access(found, R_OK) == 0 else { return nil }
    return found
  }
}

/// The numbers of a run at one of its evaluations during training.
package struct CourseSample: Sendable, Equatable {
  /// The optimizer steps done.
  package let step: Int
  /// The epochs done.
  package let epoch: Double
  /// The numbers by name, such as `loss/total` and `validation/auc/macro`; undefined ones are left
  /// out.
  package let values: [(name: String, value: Double)]

  /// Whether all numbers are equal.
  package static func == (a: CourseSample, b: CourseSample) -> Bool {
    a.step == b.step && a.epoch == b.epoch && a.values.elementsEqual(b.values, by: ==)
  }
}

extension StoredRun {
  /// Returns the course of training, one sample per evaluation.
  ///
  /// It is read from `curves.jsonl` in the run's folder. For a run without that file, it has what
  /// the record holds: `loss/total` and the monitored metric, with evaluations equally spaced
  /// between the first step and the last. Of a pruned run only the metric is known.
  ///
  /// - Throws: ``Diagnostic`` if the file cannot be read.
  package func course() throws -> [CourseSample] {
    if let pause = outcome?.pause { return pause.courseSamples }
    if let path = file(\.curvesPath) {
      return try CurveFile.read(path).map {
        CourseSample(step: $0.step, epoch: $0.epoch, values: $0.scalars)
      }
    }
    return record?.courseSamples ?? []
  }
}

extension RunOutcome {
  /// The state of a run that ended so.
  package var state: RunStore.State {
    switch self {
    case .done: .done
    case .failed: .failed
    case .pruned: .pruned
    case .excluded: .excluded
    }
  }

  /// Whether the run is over whatever experiment it is part of: done or failed.
  var isFinal: Bool { state == .done || state == .failed }
}

extension RunConfiguration {
  /// The name of the metric that is monitored during training.
  package var monitor: String {
    training["monitor"].flatMap(String.init(configuration:)) ?? "auc/macro"
  }

  /// Returns samples of evaluations that are equally spaced between the first step and the last.
  fileprivate func courseSamples(
    steps: Int, epochs: Double, scores: [Double?], losses: [Double]
  ) -> [CourseSample] {
    scores.enumerated().map { index, score in
      let share = Double(index + 1) / Double(scores.count)
      let loss = index < losses.count ? [("loss/total", losses[index])] : []
      return CourseSample(
        step: Int((Double(steps) * share).rounded()), epoch: epochs * share,
        values: loss + (score.map { [("validation/\(monitor)", $0)] } ?? []))
    }
  }
}

extension RunRecord {
  fileprivate var courseSamples: [CourseSample] {
    configuration.courseSamples(
      steps: course.steps, epochs: course.epochs, scores: course.validationScore,
      losses: course.trainingLoss)
  }
}

extension RunPause {
  fileprivate var courseSamples: [CourseSample] {
    configuration.courseSamples(
      steps: steps, epochs: Double(epochs), scores: validationScore, losses: [])
  }
}
