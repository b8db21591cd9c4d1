import Configuration
import TensorCore
import TestKit
import Testing

/// Balancers of gradients beside SciPy, and beside each other.
@Suite struct GradientBalancerTests {
  private struct Fixture: Decodable, CustomTestStringConvertible {
    let id: String
    let settings: [String: FixtureSetting]
    let gradients: [[Float]]
    let losses: [Float]
    let step: [Double]

    var testDescription: String { "\(id) of \(gradients.count), \(settings.count) settings" }

    var method: ConfigurationValue { FixtureSetting.method(id, settings) }

    static let all = Result {
      try FixtureFolder.decode([Fixture].self, from: "training/balancers.json")
    }
  }

  @Test func stepsAreThoseOfSciPy() throws {
    let fixtures = try Fixture.all.get()
    #expect(Set(fixtures.map(\.id)).count == 10)
    for fixture in fixtures {
      let weights = try BalancerTrial(fixture.method)
        .weights(of: fixture.gradients, losses: fixture.losses)
      let step = Self.step(fixture.gradients, weights)
      let length = Self.length(fixture.step)
      expectClose(
        step.map { $0 / length }, fixture.step.map { $0 / length }, absolute: 1e-6,
        "\(fixture.testDescription)")
    }
  }

  /// Pairs of gradients of all angles and lengths.
  private static let pairs = (0..<60).map { seed -> [[Float]] in
    var stream = RandomStreams(seed: UInt64(seed))["pair"]
    let scale = Float(stream.normal()).magnitude * 20 + 0.05
    let first = (0..<4).map { _ in Float(stream.normal()) }
    return [first, first.indices.map { _ in Float(stream.normal()) * scale }]
  }

  /// With two objectives, five methods agree on the direction, and differ in its length only.
  @Test(arguments: ["imtl-g", "nash-mtl", "fairgrad", "config", "db-mtl"])
  func withTwoObjectivesTheDirectionIsTheBisector(id: String) throws {
    for pair in Self.pairs {
      let step = Self.step(pair, try BalancerTrial(id).weights(of: pair, losses: [0.3, 0.6]))
      let lengths = pair.map { Self.length($0.map(Double.init)) }
      let bisector = Self.step(pair, lengths.map { 1 / $0 })
      expectClose([Self.cosine(step, bisector)], [1], absolute: 1e-6)
    }
  }

  @Test func withTwoObjectivesUPGradIsPCGrad() throws {
    for pair in Self.pairs {
      let weights = try BalancerTrial("upgrad").weights(of: pair)
      expectClose(weights, try BalancerTrial("pcgrad").weights(of: pair), absolute: 1e-6)
    }
  }

  @Test func withThreeObjectivesTheyDiffer() throws {
    let gradients: [[Float]] = [[1, 0, 0], [-0.5, 1, 0], [-0.5, -0.2, 2]]
    let steps = try ["imtl-g", "nash-mtl", "db-mtl"].map { id in
      Self.step(gradients, try BalancerTrial(id).weights(of: gradients, losses: [0.3, 0.6, 0.1]))
    }
    #expect(Self.cosine(steps[0], steps[1]) < 0.999 && Self.cosine(steps[1], steps[2]) < 0.999)
  }

  /// No objective gets worse, to first order.
  @Test(arguments: ["mgda", "nash-mtl", "fairgrad", "upgrad", "config", "imtl-g"])
  func theStepHurtsNoObjective(id: String) throws {
    for pair in Self.pairs {
      let step = Self.step(pair, try BalancerTrial(id).weights(of: pair, losses: [0.3, 0.6]))
      for gradient in pair {
        let product = zip(step, gradient).reduce(0) { $0 + $1.0 * Double($1.1) }
        let scale = Self.length(step) * Self.length(gradient.map(Double.init))
        #expect(product >= -1e-6 * scale)
      }
    }
  }

  /// Three to five gradients of all angles and lengths in six dimensions.
  private static let groups = (0..<60).map { seed -> [[Float]] in
    var stream = RandomStreams(seed: UInt64(seed))["group"]
    return (0..<3 + seed % 3).map { _ in
      let scale = Float(stream.normal()).magnitude * 5 + 0.05
      return (0..<6).map { _ in Float(stream.normal()) * scale }
    }
  }

  /// Without IMTL-G, whose step can go up.
  @Test(arguments: ["mgda", "nash-mtl", "fairgrad", "upgrad", "config"])
  func theStepHurtsNoneOfSeveralObjectives(id: String) throws {
    for group in Self.groups {
      let losses = group.map { _ in Float(0.5) }
      let step = Self.step(group, try BalancerTrial(id).weights(of: group, losses: losses))
      for gradient in group {
        let product = zip(step, gradient).reduce(0) { $0 + $1.0 * Double($1.1) }
        let scale = Self.length(step) * Self.length(gradient.map(Double.init))
        #expect(product >= -1e-5 * scale)
      }
    }
  }

  /// By the paper's equations the weights of these gradients are (59, 59, -832) before they are scaled.
  @Test func stepOfIMTLGGoesUpWhereItsWeightsHaveANegativeSum() throws {
    let gradients: [[Float]] = [[1, 0, 0], [0, 1, 0], [0.07, 0.07, 0.007]]
    let weights = try BalancerTrial("imtl-g").weights(of: gradients, losses: [0.5, 0.5, 0.5])
    expectClose([weights.reduce(0, +)], [3], absolute: 1e-4)
    let step = Self.step(gradients, weights)
    let projections = gradients.map { gradient in
      zip(step, gradient).reduce(0) { $0 + $1.0 * Double($1.1) }
        / Self.length(gradient.map(Double.init))
    }
    #expect(projections[0] < 0)
    expectClose(projections, projections.map { _ in projections[0] }, absolute: 1e-4)
  }

  @Test func opposedGradientsGiveFiniteWeights() throws {
    let gradients: [[Float]] = [[1, 2], [-1, -2]]
    for id in BalancerConformanceTests.ofGradients {
      let weights = try BalancerTrial(id).weights(of: gradients, losses: [0.5, 0.5])
      let areFinite = weights.allSatisfy(\.isFinite)
      #expect(areFinite, "\(id): \(weights)")
    }
  }

  @Test func fairnessRunsFromThePlainSumToTheMinimumNorm() throws {
    func step(_ id: String, _ fairness: Double? = nil, _ gradients: [[Float]]) throws -> [Double] {
      let settings = fairness.map { ["fairness": ConfigurationValue.number($0)] } ?? [:]
      let method = ConfigurationValue.object(settings.merging(["id": .string(id)]) { $1 })
      return Self.step(gradients, try BalancerTrial(method).weights(of: gradients))
    }
    let agreeing: [[Float]] = [[4, 0, 1], [1, 1, 0], [0, 0.5, 1]]
    let sum = Self.step(agreeing, [1, 1, 1])
    #expect(try Self.cosine(step("fairgrad", 0.05, agreeing), sum) > 0.99)
    let conflicting: [[Float]] = [[4, 0, 1], [-1, 1, 0], [0, -0.5, 1]]
    #expect(
      try Self.cosine(step("fairgrad", 20, conflicting), step("mgda", nil, conflicting)) > 0.99)
  }

  @Test func gradNormGivesMoreWeightToTheShorterGradient() throws {
    let trial = try BalancerTrial("gradnorm", count: 2)
    let gradients: [[Float]] = [[4, 0], [0, 1]]
    var weights: [Double] = []
    for _ in 0..<300 { weights = try trial.weightsAgain(of: gradients, losses: [0.5, 0.5]) }
    // Equal lengths: 4 w_1 = w_2 and w_1 + w_2 = 2.
    expectClose(weights, [0.4, 1.6], absolute: 0.1)
  }

  /// Weights are those of training without absences, not nearer to 1.
  @Test func gradNormKeepsItsWeightsWhileAnObjectiveIsAbsent() throws {
    let gradients: [[Float]] = [[4, 0, 0], [0, 4, 0], [0, 0.4, 0]]
    let third: [Float] = [0, 0, 0]
    let (always, often) = (
      try BalancerTrial("gradnorm", count: 3), try BalancerTrial("gradnorm", count: 3)
    )
    var weights: (always: [Double], often: [Double]) = ([], [])
    for step in 0..<1200 {
      let losses: [Float] = [0.5, 0.5, 0.5]
      weights.always = try always.weightsAgain(of: gradients, losses: losses)
      let isHere = step % 2 == 1
      weights.often = try often.weightsAgain(
        of: isHere ? gradients : [gradients[0], gradients[1], third],
        losses: isHere ? losses : [0.5, 0.5, 0], shares: isHere ? [0.4, 0.4, 0.2] : [0.5, 0.5, 0])
    }
    expectClose(weights.always, [0.25, 0.25, 2.5], absolute: 0.15)
    expectClose(weights.often, weights.always, absolute: 0.1)
    expectClose([weights.often.reduce(0, +)], [3], absolute: 1e-3)
  }

  @Test func metaBalanceRemembersLengthsOfAbsentObjectives() throws {
    let trial = try BalancerTrial("metabalance", count: 3)
    let (here, absent): ([[Float]], [[Float]]) = (
      [[1, 0], [0, 2], [4, 0]], [[1, 0], [0, 2], [0, 0]]
    )
    for _ in 0..<3 { _ = try trial.weightsAgain(of: absent) }
    // Lengths do not vary, so neither does a moving average, whenever it starts.
    expectClose(try trial.weightsAgain(of: here), [1, 0.65, 0.475], absolute: 1e-6)
    for _ in 0..<50 { _ = try trial.weightsAgain(of: absent) }
    expectClose(try trial.weightsAgain(of: here), [1, 0.65, 0.475], absolute: 1e-6)
  }

  @Test func metaBalanceWaitsForItsTarget() throws {
    let trial = try BalancerTrial("metabalance", count: 3)
    expectClose(
      try trial.weightsAgain(of: [[0, 0], [0, 2], [4, 0]]), [1, 1, 1], absolute: 0)
    expectClose(
      try trial.weightsAgain(of: [[1, 0], [0, 2], [4, 0]]), [1, 0.65, 0.475], absolute: 1e-6)
  }

  @Test func metaBalanceBringsLengthsToTheTarget() throws {
    let method = ConfigurationValue.object([
      "id": .string("metabalance"), "target": .string("task1"), "relaxation": .number(1),
    ])
    let weights = try BalancerTrial(method).weights(of: [[4, 0], [0, 1]])
    expectClose(weights, [0.25, 1], absolute: 1e-6)
    let message = sentence {
      _ = try BalancerTrial(
        .object(["id": .string("metabalance"), "target": .string("task7")]), count: 2)
    }
    #expect(message?.contains("did you mean 'task1'") == true || message?.contains("task0") == true)
  }

  private let excess = ConfigurationValue.object([
    "id": .string("excess-mtl"), "weightRate": .number(1),
  ])

  /// S = 9, 1 and 4, 0 after the first step, 13, 1 and 4, 1 after the second.
  @Test func excessRisksAreThoseOfTheFormula() throws {
    let trial = try BalancerTrial(excess, count: 2)
    let shares: [Float] = [0.5, 0.25]
    // Gradients of mean losses are (3, 1) and (2, 0), then (2, 0) and (0, 1).
    let first = try trial.weightsAgain(of: [[1.5, 0.5], [0.5, 0]], shares: shares)
    expectClose(first, [1, 1], absolute: 1e-6)
    let second = try trial.weightsAgain(of: [[1, 0], [0, 0.25]], shares: shares)
    let powers = [(4 / 13.0.squareRoot() / 4).exponential, (1 / 2.0).exponential]
    expectClose(second, powers.map { 2 * $0 / (powers[0] + powers[1]) }, absolute: 1e-6)
  }

  @Test func excessRisksDoNotDependOnTheScaleOfLosses() throws {
    let (plain, scaled) = (try BalancerTrial(excess, count: 2), try BalancerTrial(excess, count: 2))
    let steps: [[[Float]]] = [
      [[3, 1, 0], [-1, 2, 1]], [[2, 0.5, 1], [-1, 2, 0]], [[1, 0, 0], [-1, 2.5, 1]],
    ]
    for gradients in steps {
      let weights = try plain.weightsAgain(of: gradients)
      let (first, second) = (gradients[0].map { $0 * 4096 }, gradients[1].map { $0 / 4096 })
      expectClose(try scaled.weightsAgain(of: [first, second]), weights, absolute: 1e-6)
    }
  }

  /// A large loss that cannot fall further, as of noisy labels, is not favored.
  @Test func excessRisksFavorTheObjectiveThatStillLearns() throws {
    let trial = try BalancerTrial(excess, count: 2)
    var weights: [Double] = []
    for step in 0..<20 {
      let falling = Float(1) / Float(1 << step)
      weights = try trial.weightsAgain(of: [[falling, 0], [0, 1]], losses: [5, 0.1])
    }
    #expect(weights[1] > 1.5 && weights[0] > 0)
    expectClose([weights.reduce(0, +)], [2], absolute: 1e-5)
  }

  private static func step(_ gradients: [[Float]], _ weights: [Double]) -> [Double] {
    gradients[0].indices.map { element in
      zip(gradients, weights).reduce(0) { $0 + Double($1.0[element]) * $1.1 }
    }
  }

  private static func length(_ x: [Double]) -> Double {
    x.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private static func cosine(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / (length(a) * length(b))
  }
}
