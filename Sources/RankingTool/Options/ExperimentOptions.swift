import ArgumentParser
import Configuration
import Datasets
import Experiments
import Foundation
import Training

/// The experiment that a command works on, and the location of its runs.
struct ExperimentOptions: ParsableArguments {
  @Argument(help: "The specification, a YAML file.")
  var spec: String

  @Option(help: "The folder of runs, which experiments may share.")
  var store = "runs"

  /// The settings of the trainer.
  static let training = SettingsSchema(trainer: TrainingOptions.self)

  /// Reads the specification.
  func specification() throws -> ExperimentSpecification {
    let specification = try ExperimentSpecification(
      contentsOf: spec, catalog: RankingTool.catalog, training: Self.training)
    specification.notes.forEach(StandardError.say)
    return specification
  }

  /// The folder that paths in the specification are relative to.
  private var folder: String { URL(fileURLWithPath: spec).deletingLastPathComponent().path }

  /// The runs on disk.
  var runStore: RunStore { RunStore(at: store) }

  /// Opens the data of a specification, creating its cache first if it is missing.
  ///
  /// - Parameter verifyingDigests: Whether to verify every byte of the cache against its digests.
  /// - Throws: ``Diagnostic`` also if the specification varies its data, and so has no single one.
  func dataset(of specification: ExperimentSpecification, verifyingDigests: Bool = false) throws
    -> Dataset
  {
    if let grid = specification.grid {
      throw Diagnostic(
        "varies its data in \(grid.cells.count) data sets, but this works on one only"
      ).at(spec)
    }
    let production = DatasetProduction()
    return try production.run {
      try specification.dataset.open(
        relativeTo: folder, verifyingDigests: verifyingDigests, note: StandardError.say
      ) { try production.report($0, of: nil, note: "making the data set") }
    }
  }

  /// Derives the runs of a specification.
  ///
  /// - Parameter begins: Whether searches begin now, so that it is decided which finished runs of the
  ///   store they learn from, if they do.
  func plan(
    of specification: ExperimentSpecification, on dataset: Dataset, begins: Bool = false
  ) throws -> Plan {
    var plan = try Plan(
      specification, catalog: RankingTool.catalog, training: Self.training,
      on: dataset, relativeTo: folder)
    try plan.warmStart(from: runStore, decides: begins)
    return plan
  }
}

extension ExperimentOptions {
  /// Creates the options of an experiment that is named by another option.
  init(spec: String, store: String) throws {
    self = try Self.parse(["--store", store, "--", spec])
  }

  /// Returns the data sets of the experiment's grid, as far as they have caches; nil if the experiment
  /// has a single data set.
  func namedDatasets(of specification: ExperimentSpecification) throws -> [NamedDataset]? {
    guard specification.grid != nil else { return nil }
    return try specification.parts.compactMap { part in
      guard let name = part.cell,
        let fingerprint = try part.specification.dataset.cachedFingerprint(relativeTo: folder)
      else { return nil }
      return NamedDataset(fingerprint: fingerprint, name: name)
    }
  }

  /// Returns the plan as a function of the data's fingerprint.
  ///
  /// The data are opened only if a search has constraints, which depend on them.
  ///
  /// - Throws: ``Diagnostic`` if the data cannot be read; the function also throws it for other data
  ///   than those of constraints.
  func planOnAnyData(
    of specification: ExperimentSpecification
  ) throws -> (_ dataset: String) throws -> Plan {
    let isConstrained = specification.rows.contains { !$0.search.constraints.isEmpty }
    let data = try isConstrained ? dataset(of: specification) : nil
    return { fingerprint in
      if let data, data.fingerprint != fingerprint {
        throw Diagnostic(
          "the constraints of searches are known for the data set \(data.fingerprint.prefix(12)), "
            + "not for \(fingerprint.prefix(12))"
        ).at(spec)
      }
      var plan = try Plan(
        specification, catalog: RankingTool.catalog, training: Self.training,
        dataset: fingerprint, problem: data?.problem, relativeTo: folder)
      try plan.warmStart(from: runStore, decides: false)
      return plan
    }
  }
}

extension ExperimentOptions {
  /// The plan of an experiment on its data, with the runs that are left to do, each of which was
  /// checked.
  struct Work {
    let specification: ExperimentSpecification
    let dataset: Dataset
    let plan: Plan
    let outcomes: StoredOutcomes
    let runs: [Plan.Run]
    let missing: [Plan.Run]
  }

  /// Opens the data and derives and checks the plan.
  func work(of specification: ExperimentSpecification) throws -> Work {
    let dataset = try dataset(of: specification, verifyingDigests: true)
    let plan = try plan(of: specification, on: dataset, begins: true)
    let outcomes = StoredOutcomes(in: runStore)
    let runs = try outcomes.runs(of: plan)
    let missing = try runs.filter { try !outcomes.state(of: $0).isSettled }
    try plan.check(missing, on: dataset, catalog: RankingTool.catalog)
    return Work(
      specification: specification, dataset: dataset, plan: plan, outcomes: outcomes, runs: runs,
      missing: missing)
  }
}
