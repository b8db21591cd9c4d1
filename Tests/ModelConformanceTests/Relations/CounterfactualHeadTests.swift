import Baselines
import Configuration
import Ranking
import TensorCore
import TestKit
import Testing
import Training

/// ESCM² and DCMT on shared-bottom, whose towers plain loops can follow.
@Suite struct CounterfactualHeadTests {
  static let heads = ["escm2-ips", "escm2-dr"]
  static let allHeads = heads + ["dcmt"]
  static let problems = [TinyProblem.followed, .chained]

  /// What a training pass says, and the naive numbers of every row and task.
  private struct Pass {
    let built: BuiltModel
    let predictions: Predictions
    let tape = Tape()
    let rows: LabeledBatch
    let chains: TaskChains
    /// z: the log-odds of every tower, `[rows][tasks]`.
    let towers: [[Double]]
    /// softplus(h u + b), or 0 for a task without imputation.
    let imputed: [[Double]]
    /// z*: the log-odds of counterfactuals.
    let twins: [[Double]]

    init(
      _ head: String, _ tiny: TinyProblem, minimumPropensity: Double = 0.01,
      rows: [InMemoryRows.Row]? = nil
    ) throws {
      let settings: [String: ConfigurationValue] = [
        "head": .object([
          "id": .string(head), "minimumPropensity": .number(minimumPropensity),
          "counterfactualWeight": .number(0.7),
        ])
      ]
      let entry = try catalog.entry("shared-bottom")
      let built = try entry.buildSmall(settings, for: tiny.problem, seed: 1)
      built.shake()
      self.built = built
      let source = rows ?? Array(tiny.training.rows.prefix(40))
      self.rows = InMemoryRows(problem: tiny.problem, rows: source).all
      chains = try TaskChains(tiny.problem.tasks)
      predictions = built(
        self.rows.batch,
        in: .training(tape: tape, streams: RandomStreams(seed: 1), step: 0))
      let network = NaiveNetwork(built.store)
      let input = try SharedBottom.Hyperparameters(
        overriding: entry.resolve(entry.smallSettings(settings))
      ).input
      let hidden = try source.map { row in
        let bottom = try network.perceptron(
          network.input(row, of: tiny.problem, input), "bottom")
        return try tiny.problem.tasks.map { task in
          try network.perceptron(
            bottom, "towers/\(task.name)" + row.place(on: .flat, in: tiny.problem))
        }
      }
      func layer(_ name: String) throws -> [[Double]] {
        try zip(source, hidden).map { row, states in
          try zip(tiny.problem.tasks, states).map { task, state in
            let path = "towers/\(task.name)" + row.place(on: .flat, in: tiny.problem) + "/" + name
            guard network.has(path + "/weight") else { return -.infinity }
            return try network.linear(state, path + "/weight")[0]
              + network.row(0, of: path + "/bias")[0]
          }
        }
      }
      towers = try layer("output")
      imputed = try layer("imputation").map { $0.map { (1 + $0.exponential).naturalLogarithm } }
      twins = try layer("counterfactual")
    }

    /// The probability of a task and of all that it follows.
    func probability(_ row: Int, _ task: Int) -> Double {
      1 / (1 + (-towers[row][task]).exponential)
        * (chains.followed[task].map { probability(row, $0) } ?? 1)
    }

    func label(_ row: Int, _ task: Int) -> Double {
      Double(rows.labels.values[row * rows.labels.columnCount + task])
    }

    func terms(weights: Tensor) -> [Predictions.AuxiliaryLoss] {
      predictions.additionalLosses(labels: rows.labels, weights: weights)
    }
  }

  @Test(arguments: heads, problems)
  func theLossOfAFactorIsThatOfPlainLoops(head: String, tiny: TinyProblem) throws {
    let minimum = 0.3
    let pass = try Pass(head, tiny, minimumPropensity: minimum)
    let shape = pass.rows.labels.shape
    let weights = Tensor(Tensor(normal: "weights", shape: shape).values.map(abs), shape: shape)
    let found = pass.terms(weights: weights)
    #expect(found.count == pass.chains.followed.count { $0 != nil })
    for term in found {
      #expect(term.weight == 0.7)
      let task = try #require(
        tiny.problem.tasks.firstIndex { "counterfactual/\($0.name)" == term.name })
      let followed = try #require(pass.chains.followed[task])
      var expected = 0.0
      for row in 0..<shape[0] {
        let z = pass.towers[row][task]
        let c = Double(weights.values[row * shape[1] + task])
        let error = (1 + z.exponential).naturalLogarithm - z * pass.label(row, task)
        let u = pass.label(row, followed) / max(minimum, pass.probability(row, followed))
        let guess = pass.imputed[row][task]
        expected +=
          head == "escm2-ips"
          ? c * u * error
          : c * (guess + u * (error - guess) + u * (error - guess) * (error - guess))
      }
      expectClose(
        [Double(term.value.value.scalar)], [expected], relative: 1e-4, absolute: 1e-4,
        "\(term.name)")
    }
  }

  @Test(arguments: allHeads, problems)
  func noWeightExceedsTheInverseOfTheLeastPropensity(head: String, tiny: TinyProblem) throws {
    for minimum in [0.01, 0.4, 1] {
      let pass = try Pass(head, tiny, minimumPropensity: minimum)
      for loss in pass.predictions.conditionalLosses {
        let followed = try #require(loss.followed)
        let expected = (0..<pass.rows.batch.rowCount).map {
          1 / max(minimum, pass.probability($0, followed))
        }
        expectClose(loss.rowWeights.values.map(Double.init), expected, relative: 1e-4)
        #expect(loss.rowWeights.values.allSatisfy { Double($0) <= 1 / minimum * (1 + 1e-6) })
      }
    }
  }

  @Test(arguments: allHeads)
  func noGradientGoesThroughThePropensity(head: String) throws {
    let pass = try Pass(head, .followed)
    let weights = Tensor(repeating: 0.1, shape: pass.rows.labels.shape)
    let term = try #require(pass.terms(weights: weights).first)
    pass.built.store.clearGradients()
    pass.tape.backward(from: term.value)
    let reached = pass.built.store.parameters.filter { !$0.hasZeroGradient }.map(\.name)
    #expect(!reached.contains { $0.hasPrefix("towers/click") })
    #expect(reached.contains { $0.hasPrefix("towers/purchase") })
    #expect(reached.contains { $0.hasSuffix("imputation/weight") } == (head == "escm2-dr"))
  }

  @Test(arguments: problems)
  func theLossOfACounterfactualIsThatOfPlainLoops(tiny: TinyProblem) throws {
    let minimum = 0.3
    let pass = try Pass("dcmt", tiny, minimumPropensity: minimum)
    let shape = pass.rows.labels.shape
    let weights = Tensor(Tensor(normal: "weights", shape: shape).values.map(abs), shape: shape)
    func sigmoid(_ z: Double) -> Double { 1 / (1 + (-z).exponential) }
    for term in pass.terms(weights: weights) {
      let task = try #require(
        tiny.problem.tasks.firstIndex { "counterfactual/\($0.name)" == term.name })
      let followed = try #require(pass.chains.followed[task])
      var expected = 0.0
      for row in 0..<shape[0] {
        let (z, twin) = (pass.towers[row][task], pass.twins[row][task])
        let c = Double(weights.values[row * shape[1] + task])
        let (y, o) = (pass.label(row, task), pass.label(row, followed))
        let p = pass.probability(row, followed)
        let error = (1 + z.exponential).naturalLogarithm - z * y
        let opposite = (1 + twin.exponential).naturalLogarithm - twin * (1 - y)
        expected +=
          c
          * (o / max(minimum, p) * error + (1 - o) / max(minimum, 1 - p) * opposite
            + 0.001 * abs(1 - sigmoid(z) - sigmoid(twin)))
      }
      expectClose(
        [Double(term.value.value.scalar)], [expected], relative: 1e-4, absolute: 1e-4,
        "\(term.name)")
    }
  }

  @Test(arguments: heads)
  func aBatchWithoutClicksHasTheImputedErrorsAlone(head: String) throws {
    let rows = TinyProblem.followed.training.rows.filter { $0.labels[0] == 0 }
    let pass = try Pass(head, .followed, rows: Array(rows.prefix(20)))
    let weights = Tensor(repeating: 0.05, shape: pass.rows.labels.shape)
    let term = try #require(pass.terms(weights: weights).first)
    let expected = pass.imputed.reduce(0) { $0 + 0.05 * $1[1] }
    expectClose([Double(term.value.value.scalar)], [expected], relative: 1e-4)
    pass.built.store.clearGradients()
    pass.tape.backward(from: term.value)
    #expect(
      pass.built.store.parameters.allSatisfy { $0.gradientValues.allSatisfy(\.isFinite) })
    #expect((expected == 0) == (head == "escm2-ips"))
  }

  @Test(arguments: allHeads)
  func rowsOnWhichTheTaskIsNotDefinedDoNotMatter(head: String) throws {
    let pass = try Pass(head, .followed)
    let shape = pass.rows.labels.shape
    let weights = Tensor((0..<shape[0] * 2).map { $0 / 2 % 3 == 0 ? 0 : 0.1 }, shape: shape)
    let undefined = Tensor(
      zip(pass.rows.labels.values, weights.values).map { $1 == 0 ? .nan : $0 }, shape: shape)
    let found = pass.predictions.additionalLosses(labels: undefined, weights: weights)
    let expected = pass.terms(weights: weights)
    #expect(found.map(\.value.value.scalar) == expected.map(\.value.value.scalar))
  }

  @Test(arguments: allHeads)
  func evaluationFormsNoLoss(head: String) throws {
    let pass = try Pass(head, .followed)
    #expect(pass.built(pass.rows.batch, in: .evaluation()).conditionalLosses.isEmpty)
  }

  @Test(arguments: allHeads, ["fixed", "pcgrad"])
  func curvesShowTheLossInEveryKindOfTraining(head: String, balancer: String) throws {
    let tiny = TinyProblem.followed
    let session = try TrainingSession(
      model: catalog.entry("shared-bottom").buildSmall(
        ["head": .string(head)], for: tiny.problem, seed: 1),
      options: TrainingOptions(overriding: [
        "balancing": .string(balancer), "epochs": .integer(8), "batchSize": .integer(50),
        "learningRate": .number(0.02),
      ]),
      training: TrainingSplit(tiny.training), validation: ValidationSplit(tiny.validation), seed: 1)
    _ = try session.run()
    let values = session.curve.compactMap { point in
      point.loss.auxiliary.first { $0.name == "counterfactual/purchase" }?.value
    }
    #expect(values.count == session.curve.count && values.allSatisfy(\.isFinite))
    #expect(try #require(values.last) < (try #require(values.first)))
  }
}
