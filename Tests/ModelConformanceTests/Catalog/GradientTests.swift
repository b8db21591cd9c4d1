import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

@Suite("Gradients of every model")
struct GradientTests {
  private static let check = GradientCheck {
    $0.coordinateCount = 2
    $0.gradientTolerance = 3e-3
    $0.valueTolerance = 1e-4
  }

  /// With dropout and noise on: their draws are part of the record.
  @Test(arguments: ConformanceCase.on(.oneLevel) + ConformanceCase.options + ConformanceCase.heads)
  func theTrainingLossHasTheGradientOfItsFiniteDifferences(_ model: ConformanceCase) throws {
    let built = try model.build(dropout: 0.2)
    built.shake()
    let rows = model.tiny.training.first(24)
    checkGradients(store: built.store, check: Self.check) { context in
      totalLoss(built(rows.batch, in: context), rows)
    }
  }

  @Test(arguments: ConformanceCase.on(.twoLevels))
  func aTreeOfTwoLevelsHasTheGradientOfItsFiniteDifferences(_ model: ConformanceCase) throws {
    let built = try model.build()
    built.shake()
    let rows = model.tiny.training.first(16)
    checkGradients(store: built.store, check: Self.check) { context in
      totalLoss(built(rows.batch, in: context), rows)
    }
  }

  /// Over rows of all scenarios, with an activation that passes gradient everywhere: the few units of a small
  /// layer may otherwise all be dead by chance.
  ///
  /// A table without rows (a problem without fields) has nothing to get, nor have experts that AESM²'s random selection
  /// drew for no gate, of which its notes tell.
  @Test(arguments: ConformanceCase.all)
  func everyParameterGetsGradient(_ model: ConformanceCase) throws {
    let isFree = model.entry.hasTowers && model.settings["activation"] == nil
    let built = try model.build(setting: isFree ? ["activation": .string("leaky-relu")] : [:])
    built.shake()
    built.train(model.tiny.training.all)
    let isDrawn = model.settings["selection"] == .string("random")
    let without = built.store.parameters.filter {
      $0.hasZeroGradient && $0.value.count > 0 && !(isDrawn && $0.name.contains("/experts/"))
    }
    #expect(without.isEmpty, "\(without.map(\.name))")
  }

  @Test(arguments: ConformanceCase.problems)
  func rowsOfOneScenarioLeaveWhatIsPrivateToOthersAlone(_ model: ConformanceCase) throws {
    let built = try model.build()
    built.shake()
    for leaf in 0..<model.tiny.problem.scenarios.leafCount {
      built.train(model.tiny.training.filtered { $0.leaf == leaf }.all)
      expectPrivateGradient(built, only: leaf)
    }
  }

  /// Models with shared layers above private ones: with batch normalization, moments of all rows tie the
  /// loss of a row to the private parameters below other rows.
  private static let modelsWithSharedLayersOnTop = ["sar-net", "mlora"]

  /// The rows of other scenarios are in the batch, but their labels are masked.
  @Test(arguments: ConformanceCase.problems)
  func theLossOfOneScenarioLeavesWhatIsPrivateToOthersAlone(_ model: ConformanceCase) throws {
    guard
      model.settings["batchNorm"] != .bool(true)
        || !Self.modelsWithSharedLayersOnTop.contains(model.entry.card.id)
    else { return }
    let built = try model.build()
    built.shake()
    let rows = model.tiny.training.all
    let taskCount = model.tiny.problem.tasks.count
    for leaf in 0..<model.tiny.problem.scenarios.leafCount {
      let mask = rows.mask.values.enumerated().map { cell, defined in
        Int(rows.batch.leaves[cell / taskCount]) == leaf ? defined : 0
      }
      built.train(
        LabeledBatch(
          batch: rows.batch, labels: rows.labels, mask: Tensor(mask, shape: rows.mask.shape)))
      expectPrivateGradient(built, only: leaf)
    }
  }

  @Test(arguments: ConformanceCase.problems)
  func theFlatAxisHasPrivateParametersForEveryScenario(_ model: ConformanceCase) throws {
    guard let axis = model.axis else { return }
    let built = try model.build()
    let leafCount = model.tiny.problem.scenarios.leafCount
    let owners = Set(built.store.parameters.compactMap(\.scenario))
    let expected = axis == .flat && leafCount > 1 ? Array(0..<leafCount) : []
    #expect(owners.sorted() == expected)
  }

  private func expectPrivateGradient(_ built: BuiltModel, only leaf: Int) {
    for parameter in built.store.parameters {
      guard let owner = parameter.scenario else { continue }
      #expect(
        parameter.hasZeroGradient == (owner != leaf),
        "\(parameter.name) after rows of scenario \(leaf)")
    }
  }
}
