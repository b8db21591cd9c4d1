import Layers
import TensorCore
import TestKit
import Testing

/// One layer's result, as `author_layers.py` computed it.
private struct LayerFixture: Decodable {
  struct Numbers: Decodable {
    let shape: [Int]
    let values: [Double]
    var tensor: Tensor { Tensor(values.map { Float($0) }, shape: shape) }
  }

  let name: String
  let inputs: [Numbers]
  let parameters: [String: Numbers]
  let output: Numbers
}

@Suite("Layers for authors") struct AuthorLayerTests {
  private let store = ParameterStore()
  private var scope: ParameterScope {
    ParameterScope(store: store, streams: RandomStreams(seed: 3))
  }

  private func training(_ tape: Tape = Tape()) -> ForwardContext {
    .training(tape: tape, streams: RandomStreams(seed: 1), step: 0)
  }

  private func input(_ name: String, _ shape: [Int]) -> Parameter {
    scope.parameter(name, shape: shape, initializer: .normal(deviation: 1))
  }

  @Test func resultsAreThoseOfTheFormulas() throws {
    let context = ForwardContext.evaluation()
    for fixture in try FixtureFolder.decode([LayerFixture].self, from: "layers/author-layers.json")
    {
      let store = ParameterStore()
      let scope = ParameterScope(store: store, streams: RandomStreams(seed: 3))
      let x = fixture.inputs.map { Variable($0.tensor) }
      let layer: () -> Variable
      switch fixture.name {
      case "layer norm":
        let norm = LayerNorm(size: 5, epsilon: 0.01, scope: scope)
        layer = { norm(x[0], in: context) }
      case "gate unit":
        let unit = GateUnit(inputSize: 5, hiddenSize: 4, outputSize: 2, scope: scope)
        layer = { unit(x[0], in: context) }
      case "attention":
        let attention = MultiHeadAttention(inputSize: 5, size: 4, headCount: 2, scope: scope)
        layer = { attention(x[0], in: context) }
      case "generated affine":
        let map = GeneratedAffine(
          inputSize: 5, outputSize: 3, conditionSize: 4, rank: 2, scope: scope)
        layer = { map(x[0], condition: x[1], in: context) }
      case "smooth-step gates":
        let gates = SmoothStepGates(
          inputSize: 3, expertCount: 5, selectorCount: 2, width: 4, scopes: [scope])
        layer = { gates(x[0], segments: .all(rowCount: 1, count: 1), in: context).weights }
      case "hard concrete":
        layer = { HardConcreteGate()(x[0], purpose: "gates", in: context) }
      default:
        layer = { HardConcreteGate().openProbability(x[0]) }
      }
      #expect(Set(store.parameters.map(\.name)) == Set(fixture.parameters.keys), "\(fixture.name)")
      for parameter in store.parameters {
        parameter.value.assign(try #require(fixture.parameters[parameter.name]).tensor)
      }
      expectClose(
        layer().value, fixture.output.tensor, relative: 1e-5, absolute: 2e-6, "\(fixture.name):")
    }
  }

  @Test func layerNormAgreesWithFiniteDifferences() {
    let x = input("x", [2, 3, 5])
    let norm = LayerNorm(size: 5, epsilon: 1e-3, scope: scope["norm"])
    checkGradients(store: store) { norm($0(x), in: $0) }
  }

  @Test func gateUnitAgreesWithFiniteDifferencesAndLiesBelowItsFactor() {
    let x = input("x", [9, 5])
    let unit = GateUnit(inputSize: 5, outputSize: 3, factor: 2, scope: scope["gate"])
    checkGradients(store: store) { unit($0(x), in: $0) }
    let gate = unit(Variable(Tensor(normal: "x", shape: [99, 5])), in: .evaluation()).value.values
    #expect(gate.allSatisfy { $0 > 0 && $0 < 2 })
    expectClose(Double(gate.reduce(0, +)) / Double(gate.count), 1, absolute: 0.3)
  }

  @Test func representationOfAGateUnitCanBeCutOffFromTheGradient() throws {
    let (domain, representation) = (input("domain", [4, 2]), input("representation", [4, 3]))
    let unit = GateUnit(inputSize: 5, outputSize: 3, scope: scope["gate"])
    let tape = Tape()
    let context = training(tape)
    let x = concatenated([context(domain), context(representation).detached()])
    tape.backward(from: unit(x, in: context).sum())
    guard case .dense = domain.gradient, case .none = representation.gradient else {
      Issue.record("domain: \(domain.gradient), representation: \(representation.gradient)")
      return
    }
  }

  @Test(arguments: [nil, [1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1]] as [[UInt8]?])
  func attentionAgreesWithFiniteDifferences(kept: [UInt8]?) {
    let x = input("x", [4, 3, 5])
    let attention = MultiHeadAttention(
      inputSize: 5, size: 6, headCount: 3, scope: scope["attention"])
    checkGradients(store: store) { attention($0(x), keeping: kept, in: $0) }
  }

  @Test func paddingIsNotAttendedTo() {
    let attention = MultiHeadAttention(inputSize: 4, size: 4, headCount: 2, scope: scope)
    let x = Tensor(normal: "x", shape: [1, 3, 4])
    let changed = x.copy()
    changed.withUnsafeMutableBufferPointer { for i in 8..<12 { $0[i] = 99 } }
    let outputs = [x, changed].map {
      attention(Variable($0), keeping: [1, 1, 0], in: .evaluation()).value.values
    }
    #expect(outputs[0].prefix(8) == outputs[1].prefix(8))
    let nothing = attention(Variable(x), keeping: [0, 0, 0], in: .evaluation()).value.values
    #expect(nothing.allSatisfy { $0 == 0 })
  }

  @Test func attentionOfARowDependsOnNoOther() {
    let attention = MultiHeadAttention(inputSize: 4, size: 8, headCount: 2, scope: scope)
    let x = Tensor(normal: "x", shape: [40, 3, 4])
    let all = attention(Variable(x), in: .evaluation()).value.values
    let alone = attention(
      Variable(Tensor(Array(x.values.suffix(12)), shape: [1, 3, 4])), in: .evaluation())
    #expect(alone.value.values == Array(all.suffix(24)))
  }

  @Test func generatedMapAgreesWithFiniteDifferences() {
    let (x, condition) = (input("x", [6, 5]), input("condition", [6, 3]))
    let map = GeneratedAffine(
      inputSize: 5, outputSize: 4, conditionSize: 3, rank: 2, scope: scope["map"])
    checkGradients(store: store) { map($0(x), condition: $0(condition), in: $0) }
  }

  @Test func generatedMapBeginsAsTheProductOfItsFactors() {
    let map = GeneratedAffine(
      inputSize: 5, outputSize: 4, conditionSize: 3, rank: 2, scope: scope)
    let x = Variable(Tensor(normal: "x", shape: [6, 5]))
    let y = map(x, condition: Variable(Tensor(zeros: [6, 3])), in: .evaluation())
    let factors = store.parameters.prefix(2).map { Variable($0.value) }
    expectClose(
      y.value, x.matmul(factors[0]).matmul(factors[1]).value, relative: 1e-6, absolute: 1e-6)
  }

  @Test(arguments: [true, false])
  func hardConcreteGatesAgreeWithFiniteDifferences(isTraining: Bool) {
    let logits = input("logits", [7, 3])
    let gate = HardConcreteGate(temperature: 0.5)
    checkGradients(store: store, isTraining: isTraining) { context in
      gate(context(logits), purpose: "gates", in: context)
        + gate.openProbability(context(logits))
    }
  }

  /// The share of gates that are not 0 lies within four standard errors of its probability.
  @Test(arguments: [-2, 0, 1.5] as [Float])
  func hardConcreteGatesAreOpenAsOftenAsTheySay(logit: Float) {
    let gate = HardConcreteGate()
    let logits = Variable(Tensor(repeating: logit, shape: [20_000]))
    let values = gate(logits, purpose: "gates", in: training()).value.values
    #expect(values.allSatisfy { (0...1).contains($0) })
    #expect(values.contains(0) && values.contains(1))
    let probability = Double(gate.openProbability(logits).value.values[0])
    let share = Double(values.filter { $0 > 0 }.count) / 20_000
    expectClose(
      share, probability, absolute: 4 * (probability * (1 - probability) / 20_000).squareRoot())
  }

  @Test func evaluatedHardConcreteGatesHaveNoNoise() {
    let logits = Variable(Tensor([-9, 0, 9], shape: [3]))
    let gates = HardConcreteGate()(logits, purpose: "gates", in: .evaluation()).value.values
    expectClose(gates.map(Double.init), [0, 0.5, 1], absolute: 1e-6)
  }

  @Test func smoothStepGatesAgreeWithFiniteDifferences() {
    let x = input("x", [6, 4])
    let gates = SmoothStepGates(
      inputSize: 4, expertCount: 5, selectorCount: 2, width: 6, scopes: [scope["gates"]])
    checkGradients(store: store) {
      gates($0(x), segments: .all(rowCount: 6, count: 1), in: $0).weights
    }
  }

  @Test func decidedSmoothStepGatesSelectAtMostKExperts() {
    let gates = SmoothStepGates(
      inputSize: 4, expertCount: 8, selectorCount: 2, width: 1e-4, scopes: [scope])
    for parameter in store.parameters {
      parameter.value.assign(Tensor(normal: parameter.name, shape: parameter.value.shape))
    }
    let weights = gates(
      Variable(Tensor(normal: "x", shape: [50, 4])), segments: .all(rowCount: 50, count: 1),
      in: .evaluation()
    ).weights.value.values
    for row in 0..<50 {
      let own = weights[row * 8..<(row + 1) * 8]
      #expect(own.filter { $0 != 0 }.count <= 2)
      expectClose(Double(own.reduce(0, +)), 1, absolute: 1e-6)
    }
    #expect(Set(weights.indices.filter { weights[$0] != 0 }.map { $0 % 8 }).count > 2)
  }

  @Test func freshSmoothStepGatesWeightAllExpertsAlike() {
    let gates = SmoothStepGates(inputSize: 4, expertCount: 8, selectorCount: 3, scopes: [scope])
    let weights = gates(
      Variable(Tensor(normal: "x", shape: [50, 4])), segments: .all(rowCount: 50, count: 1),
      in: .evaluation()
    ).weights.value.values
    expectClose(weights.map(Double.init), weights.map { _ in 0.125 }, absolute: 0.03)
  }

  @Test func staticSmoothStepGatesSelectForAllRowsOfASegment() {
    let gates = SmoothStepGates(
      inputSize: 4, expertCount: 4, selectorCount: 2, isPerExample: false,
      scopes: [scope[0], scope[1]])
    for parameter in store.parameters {
      parameter.value.assign(
        Tensor(normal: parameter.name, shape: parameter.value.shape, deviation: 0.2))
    }
    let x = Variable(Tensor(normal: "x", shape: [5, 4]))
    let weights = gates(x, segments: Segments(counts: [2, 3]), in: .evaluation()).weights.value
    let rows = (0..<5).map { Array(weights.values[$0 * 4..<($0 + 1) * 4]) }
    #expect(rows[0] == rows[1] && rows[2] == rows[3] && rows[3] == rows[4])
    #expect(rows[1] != rows[2])
    checkGradients(store: store) { gates(x, segments: Segments(counts: [2, 3]), in: $0).weights }
  }
}
