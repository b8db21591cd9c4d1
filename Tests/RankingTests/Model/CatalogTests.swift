import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

@Suite struct CatalogTests {
  /// Predicts the same log-odds for all rows, one per task.
  private final class Constant: RankingModel {
    struct Hyperparameters: HyperparameterSet {
      @Setting("Spread of the initial log-odds.", in: 0...10)
      var deviation = 1.0
    }

    static let card = MethodCard(id: "constant", title: "Constant", paper: "none")

    private let bias: Parameter

    init(_ hyperparameters: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
      if problem.tasks.count > 2 { throw Diagnostic("at most two tasks are supported") }
      bias = scope.parameter(
        "bias", shape: [problem.tasks.count],
        initializer: .normal(deviation: Float(hyperparameters.deviation)))
    }

    func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
      let ones = Variable(Tensor(repeating: 1, shape: [batch.rowCount, 1]))
      return Predictions(
        logits: ones.affine(weight: context(bias).reshaped(to: [1, bias.value.count])))
    }
  }

  private final class Other: RankingModel {
    struct Hyperparameters: HyperparameterSet {
    }

    static let card = MethodCard(id: "other", title: "Other", paper: "none", deviations: ["All."])
    let notes = ["it predicts zero"]

    init(_ hyperparameters: Hyperparameters, problem: Problem, scope: ParameterScope) throws {}

    func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
      Predictions(logits: Variable(Tensor(zeros: [batch.rowCount, 2])))
    }
  }

  private let catalog = Catalog([Other.self, Constant.self])

  @Test func twoModelsOfOneIDAreRefusedInReleaseBuildsToo() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Catalog([Constant.self, Other.self, Constant.self])
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("two models share an id"))
  }

  @Test func modelsKeepTheirOrder() {
    #expect(catalog.entries.map(\.card.id) == ["other", "constant"])
  }

  @Test func unknownModelIsRefusedWithTheNearest() {
    let error = #expect(throws: Diagnostic.self) { try catalog.entry("Constat") }
    #expect(
      error?.description
        == "unknown model 'Constat'; did you mean 'constant'? (known: other, constant)")
  }

  @Test func settingsAreResolvedAndChecked() throws {
    let entry = try catalog.entry("constant")
    #expect(try entry.resolve([:]) == ["deviation": .number(1)])
    #expect(try entry.resolve(["deviation": .integer(2)]) == ["deviation": .number(2)])
    #expect(throws: Diagnostic.self) { try entry.resolve(["deviation": .integer(11)]) }
    #expect(throws: Diagnostic.self) { try entry.check(.null, for: "deviation") }
    #expect(entry.settings.map(\.name) == ["deviation"])
  }

  @Test func modelIsBuiltAndPredicts() throws {
    let tiny = TinyProblem.oneLevel
    func bias(seed: UInt64, _ overrides: [String: ConfigurationValue] = [:]) throws -> [Float] {
      let model = try catalog.entry("constant").build(overrides, for: tiny.problem, seed: seed)
      #expect(model.store.parameters.map(\.name) == ["bias"])
      let logits = model(tiny.training.first(3).batch, in: .evaluation()).logits.value
      #expect(logits.shape == [3, 2])
      let bias = model.store.parameters[0].value.values
      #expect(logits.values == bias + bias + bias)
      return bias
    }
    #expect(try bias(seed: 1) == bias(seed: 1))
    #expect(try bias(seed: 1) != bias(seed: 2))
    #expect(try bias(seed: 1, ["deviation": .integer(0)]) == [0, 0])
  }

  @Test func notesOfTheModelAreShown() throws {
    let problem = TinyProblem.oneLevel.problem
    #expect(try catalog.entry("other").build(for: problem, seed: 0).notes == ["it predicts zero"])
    #expect(try catalog.entry("constant").build(for: problem, seed: 0).notes == [])
  }

  @Test func modelCanRefuseAProblem() throws {
    var problem = TinyProblem.oneLevel.problem
    problem.tasks.append(RankingTask(name: "third"))
    let entry = try catalog.entry("constant")
    let error = #expect(throws: Diagnostic.self) { try entry.build(for: problem, seed: 0) }
    #expect(error?.description == "at most two tasks are supported")
  }
}
