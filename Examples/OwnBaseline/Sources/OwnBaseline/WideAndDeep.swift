import RankingFramework

/// A linear map beside a network, both of which see all scenarios alike.
///
///     logits = x W + f(x) V + b
///
/// - x: `[rows, inputSize]`; W: `[inputSize, tasks]`; f: an MLP; V: `[hidden, tasks]`; b: `[tasks]`.
///
/// Source: Cheng et al., DLRS 2016.
final class WideAndDeep: RankingModel {
  struct Hyperparameters: HyperparameterSet {
    @Setting("Layer sizes of the network.", each: 1...8192, search: .choice([[64], [128, 64]]))
    var networkSizes = [128, 64]
    @Setting("The share of the network's activations that is dropped.", in: 0...0.9)
    var dropout = 0.0
    var input = InputHyperparameters()
  }

  static let card = MethodCard(
    id: "wide-and-deep", title: "Wide & Deep",
    paper: "Cheng et al., Wide & Deep Learning, DLRS 2016",
    deviations: [
      "The wide part sees embeddings, not crossed one-hot features.", "One optimizer trains both.",
    ])

  private let input: InputLayer
  private let network: MLP
  private let wide: Parameter
  private let deep: Parameter
  private let bias: Parameter

  init(_ settings: Hyperparameters, problem: Problem, scope: ParameterScope) throws {
    input = InputLayer(settings.input, problem: problem, scope: scope["input"])
    network = MLP(
      inputSize: input.outputSize, sizes: settings.networkSizes, activation: .relu,
      dropoutRate: settings.dropout, scope: scope["network"])
    let count = problem.tasks.count
    wide = scope.parameter(
      "wide", shape: [input.outputSize, count], initializer: .xavierUniform)
    deep = scope.parameter(
      "deep", shape: [network.outputSize, count], initializer: .xavierUniform)
    bias = scope.parameter("bias", shape: [count], initializer: .zeros, decays: false)
  }

  func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions {
    let x = input(batch, in: context)
    let hidden = network(x, in: context)
    return Predictions(
      logits: hidden.affine(weight: context(deep), bias: context(bias))
        + x.affine(weight: context(wide)))
  }
}
