import Baselines
import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

@Suite("Relations between mixtures and the shared bottom")
struct SharedBottomRelationTests {
  /// With one expert every gate weighs it 1, so the expert is a shared bottom.
  @Test(arguments: ["flat", "task"])
  func mmoeWithOneExpertEqualsSharedBottom(axis: String) throws {
    let tiny = TinyProblem.oneLevel
    let mixture = try catalog.entry("mmoe").buildSmall(
      ["axis": .string(axis), "expertCount": .integer(1), "expertSizes": sizes],
      for: tiny.problem, seed: 1)
    let bottom = try catalog.entry("shared-bottom").buildSmall(
      ["axis": .string(axis), "bottomSizes": sizes], for: tiny.problem, seed: 2)
    mixture.shake()
    bottom.copyWeights(from: mixture) { $0.replacingPrefix("bottom/", by: "experts/0/") }
    let rows = tiny.training.first(60)
    expectClose(mixture.logits(rows), bottom.logits(rows), relative: 1e-5, absolute: 1e-6)
    mixture.train(rows)
    bottom.train(rows)
    let gradients = gradientsByName(mixture)
    for parameter in bottom.store.parameters {
      let name = parameter.name.replacingPrefix("bottom/", by: "experts/0/")
      expectClose(
        parameter.gradientValues.map(Double.init),
        try #require(gradients[name]).map(Double.init), relative: 1e-4, absolute: 1e-6, name)
    }
  }

  @Test(arguments: ["flat", "task"])
  func omoeEqualsMMoEWhoseGatesAreEqual(axis: String) throws {
    let tiny = TinyProblem.oneLevel
    let entry = try catalog.entry("mmoe")
    let many = try entry.buildSmall(["axis": .string(axis)], for: tiny.problem, seed: 1)
    let one = try entry.buildSmall(
      ["axis": .string(axis), "sharedGate": .bool(true)], for: tiny.problem, seed: 2)
    one.shake()
    let source = Dictionary(uniqueKeysWithValues: one.store.parameters.map { ($0.name, $0) })
    let gate = try #require(source["gates/weight"]).value
    for parameter in many.store.parameters {
      if parameter.name.hasPrefix("gates/") {
        // [inputSize, tasks · experts], each task's columns alike
        let columns = gate.columnCount
        let values = gate.values.chunked(by: columns).flatMap { $0 + $0 }
        parameter.value.assign(Tensor(values, shape: [gate.shape[0], 2 * columns]))
      } else {
        parameter.value.assign(try #require(source[parameter.name]).value)
      }
    }
    let rows = tiny.training.first(60)
    expectClose(many.logits(rows), one.logits(rows), relative: 1e-5, absolute: 1e-6)
  }

  private let sizes = ConfigurationValue.list([.integer(7), .integer(6)])

  private func gradientsByName(_ model: BuiltModel) -> [String: [Float]] {
    Dictionary(
      uniqueKeysWithValues: model.store.parameters.map { ($0.name, $0.gradientValues) })
  }
}
