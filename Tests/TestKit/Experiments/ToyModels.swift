import Configuration
import Experiments
import Ranking
import TensorCore
import Training

/// A model that is planned with but never built.
package final class AlphaModel: RankingModel {
  package struct Hyperparameters: HyperparameterSet {
    @Setting("A width.", in: 1...64, search: .choice([4, 8, 16, 32]))
    package var width = 8
    @Setting("A depth.", in: 1...8)
    package var depth = 1
    @Setting("A strength.", in: 0...1, search: .uniform(0.1...0.9))
    package var strength = 0.5

    package init() {}

    package func validate() throws {
      if depth > width { throw Diagnostic("depth is \(depth), but width only \(width)") }
    }
  }
  package static let card = MethodCard(
    id: "alpha", title: "Alpha", paper: "A. Author, 2020", deviations: ["Has no weights."])
  private let bias: Parameter
  package init(_ hyperparameters: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    throw Diagnostic("the model alpha is for planning only")
  }
  package func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    Predictions(logits: context(bias))
  }
}

/// Another such model, whose settings have partly the same names.
package final class BetaModel: RankingModel {
  package struct Hyperparameters: HyperparameterSet {
    @Setting("A width.", in: 1...64, search: .choice([4, 8, 16, 32]))
    package var width = 8
    @Setting("A gate.", search: .choice(["soft", "hard"]))
    package var gate = "soft"

    package init() {}
  }
  package static let card = MethodCard(id: "beta", title: "Beta²", paper: "B. Author, 2021")
  private let bias: Parameter
  package init(_ hyperparameters: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    throw Diagnostic("the model beta is for planning only")
  }
  package func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    Predictions(logits: context(bias))
  }
}

/// Alpha and beta.
package let toyCatalog = Catalog([AlphaModel.self, BetaModel.self])
/// The settings of the trainer.
package let toyTraining = SettingsSchema(trainer: TrainingOptions.self)

/// Reads a specification against the toy models.
package func specification(_ yaml: String) throws -> ExperimentSpecification {
  try ExperimentSpecification(
    yaml: yaml, file: "toy.yaml", catalog: toyCatalog, training: toyTraining)
}

/// Plans a specification against the toy models.
package func plan(_ specification: ExperimentSpecification, dataset: String = "toy") throws -> Plan
{
  try Plan(specification, catalog: toyCatalog, training: toyTraining, dataset: dataset)
}

/// A specification with a search over two models and two seeds.
package let searchYAML = """
  id: toy
  title: A toy
  caption: Two models that do nothing.
  dataset: {cache: nowhere}
  models:
    - id: beta
    - id: alpha
    - {id: alpha, label: Alpha wide, settings: {width: 64}}
  training: {batchSize: 32}
  search: {strategy: random, trials: 3, seed: 7}
  seeds: 2
  metrics: [auc, logLoss]
  reference: Alpha
  """
