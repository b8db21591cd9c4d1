import AESM2
import Baselines
import Experiments
import Foundation
import Ranking
import TestKit
import Testing
import Training

/// Every model reaches the best reachable AUC, within .01, on a twin that is as the model assumes.
@Suite struct LearnabilityTests {
  /// The largest distance from the best reachable macro AUC of any task.
  private static let largestGap = 0.01

  /// The ids of the specifications.
  private static let experiments = [
    "learnability-groups", "learnability-linear", "learnability-products",
    "learnability-scenarios", "learnability-tasks", "learnability-tree",
  ]

  private static func specification(_ name: String) throws -> ExperimentSpecification {
    try ExperimentSpecification(
      contentsOf: DataFolder.packageRoot.appending(path: "experiments/\(name).yaml").path,
      catalog: Catalog(baselineCatalog + [AESM2.self]),
      training: SettingsSchema(trainer: TrainingOptions.self))
  }

  @Test func everyModelOfTheCatalogIsInOneOfTheExperiments() throws {
    let models = try Self.experiments.flatMap { try Self.specification($0).rows.map(\.model) }
    let catalog = Catalog(baselineCatalog + [AESM2.self]).entries.map(\.card.id)
    #expect(Set(models) == Set(catalog))
  }

  @Test(
    .enabled("AESM2_LONG is set: trains every model, which takes minutes") {
      ProcessInfo.processInfo.environment["AESM2_LONG"] != nil
    }, arguments: experiments)
  func everyModelReachesTheCeilingWhenItIsTrained(name: String) throws {
    try Workshop.with { workshop throws in
      let path = "experiments/\(name).yaml"
      let source = DataFolder.packageRoot.appending(path: path)
      try workshop.write(String(contentsOf: source, encoding: .utf8), to: path)
      let sweep = try workshop.tool("sweep \(path) --jobs 2")
      #expect(sweep.status == 0, "\(sweep.error)")
      #expect(try workshop.tool("report \(path) --output results").status == 0)
      try expectCeilings(
        of: Self.specification(name), in: workshop["results/runs.jsonl"].path)
    }
  }

  /// Checks every row of an experiment against the ceilings of its records.
  private func expectCeilings(of specification: ExperimentSpecification, in path: String) throws {
    let results = try Results(contentsOf: path)
    for row in specification.rows {
      let records = results.lines.filter { $0.row == row.label }.compactMap(\.outcome.record)
      #expect(records.count == specification.seeds.count, "\(row.label)")
      for record in records {
        let ceilings = try #require(record.ceilings)
        for (task, best) in zip(record.test.tasks, ceilings.expected.macroMeans) {
          let found = try #require(try record.test.value(MetricName(.auc, .task(task))))
          let gap = try #require(best) - found
          #expect(gap <= Self.largestGap, "\(row.label), \(task): \(found) of \(best ?? 0)")
        }
      }
    }
  }
}
