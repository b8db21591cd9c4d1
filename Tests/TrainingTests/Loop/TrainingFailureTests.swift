import Configuration
import Ranking
import TestKit
import Testing
import Training

@Suite struct TrainingFailureTests {
  @Test func emptySplitsAreRefused() {
    let none = ToyRows(count: 0, seed: 1)
    #expect(sentence { _ = try toySession(training: none) } == "the training split has no rows")
    #expect(
      sentence { _ = try toySession(validation: none) }
        == "the validation split has no rows, so no weights can be chosen by it: to train for all "
        + "epochs and keep the last weights, set keptWeights to last")
    #expect(
      sentence { _ = try ToyModel.built().evaluate(on: TestSplit(none)) }
        == "the split to evaluate on has no rows")
  }

  @Test func dataOfAnotherProblemThanTheModelsIsRefused() throws {
    let cases: [((inout Problem) -> Void, String)] = [
      (
        { $0.numericals = ["price", "height"] },
        "has the numericals price, height instead of price, age"
      ),
      ({ $0.fields[1].vocabularySize = 41 }, "has 41 ids of field 'user' instead of 40"),
      ({ $0.fields.removeLast() }, "has the fields item instead of item, user"),
      ({ $0.tasks.swapAt(0, 1) }, "has the tasks buy, click instead of click, buy"),
      (
        { $0.scenarios = ScenarioTree(name: "tab", values: ["a", "b"]) },
        "has the scenarios a, b instead of a, b, c"
      ),
      ({ $0.tasks[1].domain = nil }, "differs in what it says of levels or tasks"),
    ]
    let model = try ToyModel.built()
    for (change, expected) in cases {
      var other = ToyRows(count: 10, seed: 1)
      change(&other.problem)
      let text = sentence { _ = try model.evaluate(on: TestSplit(other)) }
      #expect(text == "the split to evaluate on is not of the model's problem: it \(expected)")
    }
    var other = ToyRows(count: 10, seed: 1)
    other.problem.numericals = []
    #expect(
      sentence { _ = try toySession(validation: other) }
        == "the validation split is not of the model's problem: it has the numericals (none) "
        + "instead of price, age")
  }

  @Test func aWatchedMetricWithOneClassIsNamedWithItsCounts() {
    var rows = ToyRows(count: 50, seed: 2)
    for row in 0..<50 { rows.labels[2 * row + 1] = 0 }
    let defined = (0..<50).filter { rows.mask[2 * $0 + 1] == 1 }.count
    #expect(
      sentence { _ = try toySession(["monitor": .string("auc/buy")], validation: rows) }
        == "the metric 'auc/buy' is not defined on the validation split: "
        + "task 'buy' has 0 positives in \(defined) rows")
    #expect(sentence { _ = try toySession(validation: rows) } == nil, "clicks have both classes")
    let inTabC = (0..<50).filter { rows.mask[2 * $0 + 1] == 1 && rows.leaves[$0] == 2 }.count
    #expect(
      sentence { _ = try toySession(["monitor": .string("auc/buy/c")], validation: rows) }
        == "the metric 'auc/buy/c' is not defined on the validation split: "
        + "task 'buy' has 0 positives in \(inTabC) rows of 'c'")
  }

  @Test func aGroupedMetricWithoutGroupsSaysSo() {
    var rows = ToyRows(count: 50, seed: 2)
    rows.groups = nil
    #expect(
      sentence { _ = try toySession(["monitor": .string("gauc/macro")], validation: rows) }
        == "the metric 'gauc/macro' is not defined on the validation split: its rows have no groups"
    )
  }

  @Test func aLossThatIsNotFiniteNamesStepTermAndParameter() throws {
    let model = try ToyModel.built(["failingStep": .integer(6), "dropout": .number(0)])
    let text = try #require(sentence { _ = try toySession(model: model).run() })
    #expect(text.hasPrefix("step 7: the cross-entropy is "), "\(text)")
    #expect(text.hasSuffix("; parameter 'output/weight' is not finite"), "\(text)")
  }

  @Test func anAuxiliaryLossThatIsNotFiniteIsNamed() throws {
    let model = try ToyModel.built(["failingStep": .integer(2), "poisonsAuxiliary": .bool(true)])
    #expect(
      sentence { _ = try toySession(model: model).run() }
        == "step 3: the auxiliary loss 'biasNorm' is nan; all parameters are finite")
  }

  @Test func aPredictionThatIsNotFiniteIsNamed() throws {
    let model = try ToyModel.built()
    model.store.parameters[2].value.withUnsafeMutableBufferPointer { $0[1] = .infinity }
    #expect(
      sentence { _ = try model.evaluate(on: TestSplit(ToyRows(count: 9, seed: 1))) }
        == "the model predicts inf for task 'buy' on row 0; parameter 'output/bias' is not finite")
  }

  @Test func anErrorOfTheObserverEndsTraining() throws {
    let text = sentence {
      _ = try toySession().run(observer: { _ in throw Diagnostic("enough") })
    }
    #expect(text == "enough")
  }
}
