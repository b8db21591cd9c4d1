import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import Testing

/// Strategies on functions and on recorded runs, at the budget of a random search.
@Suite struct SearchFunctionTests {
  private static let seeds = 12

  /// The logarithm of the distance to the minimum after every search, by seed.
  private func regrets(
    _ function: SearchFunction, _ strategy: String, trials: Int
  ) throws -> [Double] {
    let type = try #require(searchStrategies.first { $0.id == strategy })
    return try (0..<Self.seeds).map { seed in
      let steps = try function.search(by: type, trials: trials, seed: seed)
      #expect(steps.count == trials)
      let best = try #require(steps.map(\.value).min())
      return log10(max(best - function.minimum, 1e-4))
    }
  }

  /// The 95 % interval of the mean difference in the logarithm of the regret, over seeds, lies below
  /// zero.
  @Test(arguments: [
    ("tpe", SearchFunction.branin, 60), ("tpe", .hartmann6, 60), ("tpe", .mixed, 100),
    ("gaussian-process", .branin, 30), ("gaussian-process", .hartmann6, 40),
    ("gaussian-process", .mixed, 50),
    ("cma-es", .branin, 100), ("cma-es", .hartmann6, 100),
    ("evolution", .branin, 100), ("evolution", .hartmann6, 100), ("evolution", .mixed, 100),
  ])
  func beatsRandomSearchAtEqualBudget(
    strategy: String, function: SearchFunction, trials: Int
  ) throws {
    let ours = try regrets(function, strategy, trials: trials)
    let random = try regrets(function, "random", trials: trials)
    let comparison = try #require(PairedComparison(ours, reference: random))
    let probability = try #require(comparison.probability)
    #expect(
      comparison.difference.mean < 0 && probability < 0.05,
      "\(comparison.difference) p \(probability)")
  }

  @Test func theRecordedTableHasEveryCombination() throws {
    let sizes = RecordedSettings.settings.map { setting in
      guard case .values(let values)? = setting.search else { return 0 }
      return values.count
    }
    let table = try RecordedRuns.read()
    #expect(table.count == sizes.reduce(1, *) && table.count > 2000)
    #expect(table.values.allSatisfy { $0 > 0.3 && $0 < 1 })
  }

  @Test func formulasHaveTheirPublishedMinima() throws {
    for function in SearchFunction.formulas {
      let type = try #require(searchStrategies.first { $0.id == "tpe" })
      let steps = try function.search(by: type, trials: 40, seed: 1)
      #expect(steps.allSatisfy { $0.value >= function.minimum - 1e-9 })
    }
  }

  @Test func anySeedCanBeSearchedWith() throws {
    for type in searchStrategies where !["none", "grid"].contains(type.id) {
      for seed in [-3, .min, .max] {
        let steps = try SearchFunction.branin.search(by: type, trials: 12, seed: seed)
        #expect(steps.count == 12, "\(type.id)")
      }
    }
  }

  @Test func aConditionalSettingVariesOnlyWhereItMatters() throws {
    for id in ["random", "sobol", "tpe", "gaussian-process", "evolution"] {
      let type = try #require(searchStrategies.first { $0.id == id })
      let trials = try SearchFunction.mixed.search(by: type, trials: 30, seed: 2).map(\.trial)
      let (with, without) = (
        trials.filter { $0.settings["kind"] == .string("momentum") },
        trials.filter { $0.settings["kind"] != .string("momentum") }
      )
      #expect(without.allSatisfy { $0.settings["momentum"] == .number(0) }, "\(id)")
      #expect(Set(with.compactMap { $0.settings["momentum"]?.description }).count > 2, "\(id)")
    }
  }
}
