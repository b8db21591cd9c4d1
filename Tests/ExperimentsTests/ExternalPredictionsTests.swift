import Baselines
import Configuration
import Datasets
import Experiments
import ExperimentsTestKit
import Foundation
import Ranking
import Reporting
import TensorCore
import TestKit
import Testing
import Training

/// Rows whose predictions were made elsewhere, beside a model of ours.
@Suite struct ExternalPredictionsTests {
  private let folder: TemporaryFolder
  private let catalog = Catalog([LogisticRegression.self, SharedBottom.self])
  private let training = SettingsSchema(trainer: TrainingOptions.self)

  private static let yaml = """
    id: floors
    dataset:
      cache: cache
      synthetic:
        recipe: entrance-card
        rows: 24000
        settings: {ctrMultiplier: 4, ctcvrMultiplier: 5}
    models:
      - {predictions: "trees/{seed}", label: Trees}
      - id: logistic-regression
        search: {strategy: random, trials: 2}
    training: {epochs: 1, batchSize: 512}
    search: {training: {learningRate: [0.1, 0.2]}}
    seeds: 2
    metrics: [auc]
    budgetNote: The linear model alone is searched.
    """

  init() throws { folder = try TemporaryFolder() }

  private func specification(_ yaml: String = yaml) throws -> ExperimentSpecification {
    try ExperimentSpecification(yaml: yaml, file: "f.yaml", catalog: catalog, training: training)
  }

  private func plan(_ spec: ExperimentSpecification, on dataset: Dataset) throws -> Plan {
    try Plan(
      spec, catalog: catalog, training: training, dataset: dataset.fingerprint,
      relativeTo: folder.path)
  }

  /// Hands in what a fresh model predicts; returns its measures.
  private func handIn(_ name: String, seed: UInt64, on dataset: Dataset) throws -> [MetricGrid] {
    let model = try catalog.entry("shared-bottom").build(for: dataset.problem, seed: seed)
    let place = "\(folder.path)/\(name)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    let found = [
      try model.evaluate(on: dataset.validation), try model.evaluate(on: dataset.test),
    ]
    for (split, evaluation) in zip(["validation", "test"], found) {
      try NumPyFile.write(evaluation.logits, to: "\(place)/\(split).npy")
    }
    try describe(name, dataset: dataset.fingerprint)
    return found.map(\.grid)
  }

  private func describe(_ name: String, dataset: String) throws {
    let text = """
      {"dataset": "\(dataset)", "scores": "log-odds", "made": "fresh weights",
       "selection": "nothing was chosen"}
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)/predictions.json"))
  }

  private func sentence(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)".replacing(folder.path + "/", with: "") }
    return "accepted"
  }

  @Test func aRowThatIsHandedInStandsInTheTableWithItsOwnMeasures() throws {
    let spec = try specification()
    let dataset = try spec.dataset.open(relativeTo: folder.path)
    let expected = try [1, 2].map { try handIn("trees/\($0)", seed: UInt64($0), on: dataset) }
    let plan = try plan(spec, on: dataset)
    let store = RunStore(at: folder.path + "/runs")
    let summary = try SweepRunner(
      plan: plan, store: store,
      launcher: InProcessLauncher(executor: TrainingRunExecutor(catalog: catalog, dataset: dataset))
    ).run()
    #expect(summary.isComplete, "\(summary.problems)")
    let results = try Results(of: plan, in: StoredOutcomes(in: store))
    let records = results.lines.filter { $0.row == "Trees (external)" }.compactMap(\.outcome.record)
    #expect(records.map(\.validation) == expected.map { $0[0] })
    #expect(records.map(\.test) == expected.map { $0[1] })

    // Both seeds of the linear model have one optimum, and the trainer's space was not searched.
    let linear = results.lines.filter { $0.row == "Logistic regression" }
      .compactMap(\.outcome.record)
    #expect(linear.count == 4 && linear[2].test == linear[3].test)
    #expect(
      linear.allSatisfy { $0.configuration.training["learningRate"] == .number(0.001) })

    try FileManager.default.removeItem(atPath: folder.path + "/trees")
    let report = try Report.make(specification: spec, results: results, catalog: catalog)
    let table = try #require(report.text("table.md"))
    #expect(table.contains("| Trees (external) | — | — | — | — | — |"), "\(table)")
    #expect(
      table.contains(
        "Trees (external): external: the predictions were made outside of this program and are "
          + "only measured here. Made by: fresh weights. Settings chosen by: nothing was chosen."))
    let again = try Results(jsonLines: results.jsonLines, file: "runs.jsonl")
    #expect(try Report.make(specification: spec, results: again, catalog: catalog) == report)
  }

  @Test func whatCannotBeJudgedIsRefusedBeforeAnythingRuns() throws {
    let spec = try specification()
    let dataset = try spec.dataset.open(relativeTo: folder.path)
    #expect(
      sentence { _ = try plan(spec, on: dataset) }
        .hasPrefix("trees/1/predictions.json: there is no such file, or it may not be read"))
    _ = try handIn("trees/1", seed: 1, on: dataset)
    _ = try handIn("trees/2", seed: 2, on: dataset)
    try describe("trees/2", dataset: "0123456789abcdef")
    #expect(
      sentence { _ = try plan(spec, on: dataset) }
        == "trees/2: the predictions are of the data set 0123456789ab, but the experiment is on "
        + dataset.fingerprint.prefix(12))
    try Data(#"{"dataset": "a", "scores": "logits"}"#.utf8).write(
      to: URL(fileURLWithPath: "\(folder.path)/trees/2/predictions.json"))
    #expect(
      sentence { _ = try plan(spec, on: dataset) }
        == "trees/2/predictions.json: scores: unknown value 'logits' "
        + "(known: probability, log-odds)")
  }

  @Test func predictionsOfAnotherSizeAreAFailedRun() throws {
    let spec = try specification(Self.yaml.replacing("trees/{seed}", with: "trees"))
    let dataset = try spec.dataset.open(relativeTo: folder.path)
    _ = try handIn("trees", seed: 1, on: dataset)
    try NumPyFile.write(Tensor(zeros: [3, 2]), to: "\(folder.path)/trees/test.npy")
    let plan = try plan(spec, on: dataset)
    let runs = try plan.runs { _ in nil }.filter { $0.row == "Trees (external)" }
    #expect(runs.count == 2 && runs[0].id != runs[1].id)
    let summary = try SweepRunner(
      plan: plan, store: RunStore(at: folder.path + "/runs"),
      launcher: InProcessLauncher(executor: TrainingRunExecutor(catalog: catalog, dataset: dataset))
    ).run()
    #expect(
      summary.problems.count == 2
        && summary.problems[0].contains("has the shape [3, 2], but the split has "))
  }

  @Test(arguments: [
    ("{predictions: p}", "lacks the key 'label'"),
    (
      "{predictions: p, label: P, id: shared-bottom}",
      "a row has either predictions, which are made elsewhere, or the key 'id'"
    ),
    (
      "{predictions: p, label: P, settings: {}}",
      "a row has either predictions, which are made elsewhere, or the key 'settings'"
    ),
    (
      "{id: logistic-regression, search: {training: {learningRate: [1, 2]}}}",
      "'logistic-regression' is fitted to the optimum of its training objective, so there is "
        + "nothing to search among the trainer's settings"
    ),
  ])
  func aRowThatMeansNothingIsRefused(row: String, message: String) {
    let found = sentence {
      _ = try specification("id: a\ndataset: {cache: c}\nmodels: [\(row)]\n")
    }
    #expect(found.hasPrefix("f.yaml:3: models[1]") && found.hasSuffix(message), "\(found)")
  }

  @Test func aSearchOfALinearModelDrawsItsOwnSettingsAlone() throws {
    let spec = try specification(
      """
      id: a
      dataset: {cache: c}
      models: [{id: logistic-regression}]
      search: {strategy: random, trials: 5}
      """)
    let runs = try Plan(spec, catalog: catalog, training: training, dataset: "d")
      .runs { _ in nil }
    #expect(Set(runs.map { $0.configuration.settings["l2"]?.canonicalJSON }).count == 5)
    #expect(
      Set(runs.map { ConfigurationValue.object($0.configuration.training).canonicalJSON }).count
        == 1)
  }
}
