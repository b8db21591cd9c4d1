import Configuration
import Ranking
import TensorCore
import TestKit
import TestModels
import Testing

// Internal: PhaseTimeline.
@testable import Training

/// The made-up models of TestKit in training.
@Suite("Phases of training") struct PhaseTests {
  static let models = ["alternating-gates", "searched-gates"]
  private static let catalog = Catalog([AlternatingGates.self, SearchedGates.self])

  private func session(
    _ model: String, _ options: [String: ConfigurationValue] = [:], seed: UInt64 = 1,
    modelSeed: UInt64 = 1, _ settings: [String: ConfigurationValue] = [:]
  ) throws -> TrainingSession {
    let tiny = TinyProblem.oneLevel
    var all: [String: ConfigurationValue] = [
      "batchSize": .integer(50), "epochs": .integer(6), "learningRate": .number(0.02),
      "patience": .integer(0),
    ]
    all.merge(options) { $1 }
    return try TrainingSession(
      model: Self.catalog.entry(model).build(
        ["embeddingSize": .integer(3)].merging(settings) { $1 }, for: tiny.problem, seed: modelSeed),
      options: TrainingOptions(overriding: all), training: TrainingSplit(tiny.training),
      validation: ValidationSplit(tiny.validation), seed: seed)
  }

  @Test func phasesAlternateUntilTheStepsOfTheEpochsAreOver() throws {
    // 300 rows: 6 steps an epoch, 36 in all; weights see 210 rows (5 steps), gates 90 (2 steps a visit).
    let session = try session("alternating-gates")
    #expect(session.plannedStepCount == 36)
    let visits = (0..<36).map { session.timeline.visit(at: $0).phase }
    let cycle = [0, 0, 0, 0, 0, 1, 1]
    #expect(visits == (0..<36).map { cycle[$0 % 7] })
    #expect(session.timeline.steps(of: 0, before: 36) == 26)
    #expect(session.timeline.steps(of: 1, before: 36) == 10)
    #expect(session.timeline.visit(at: 35) == .init(phase: 0, steps: 35..<36, earlierSteps: 25))
  }

  @Test func phasesOfDisjointSharesSeeDisjointRows() throws {
    let session = try session("alternating-gates")
    let rows = session.phases.map { Set($0.batches.rows ?? []) }
    #expect(rows[0].isDisjoint(with: rows[1]))
    #expect(rows[0].union(rows[1]) == Set(0..<300))
    #expect(rows.map(\.count) == [210, 90])
  }

  @Test func whatIsFrozenIsMovedByNeitherMomentsNorDecay() throws {
    let session = try session(
      "alternating-gates", ["optimizer": .string("adamw"), "weightDecay": .number(0.1)])
    var last: [String: [Float]] = [:]
    var moved: [Int: Set<String>] = [0: [], 1: []]
    _ = try session.run(observer: { event in
      guard case .step(let report) = event else { return }
      let phase = session.timeline.visit(at: report.step - 1).phase
      for parameter in session.model.store.parameters {
        let values = parameter.value.values
        if let before = last[parameter.name], before != values {
          moved[phase]?.insert(parameter.group)
        }
        last[parameter.name] = values
      }
    })
    #expect(moved == [0: ["main"], 1: ["gates"]])
  }

  @Test func retrainingBeginsFromTheFirstWeights() throws {
    let session = try session("searched-gates")
    let first = session.model.store.tensors(of: ["main"]).map(\.value.values)
    let gates = session.model.store.tensors(of: ["gates"]).map(\.value.values)
    let turn = session.timeline.visit(at: 0).steps.upperBound
    #expect(turn == 14)
    _ = try session.run(shouldStop: { session.step == turn })
    let searched = session.model.store.tensors(of: ["gates"]).map(\.value.values)
    #expect(session.model.store.tensors(of: ["main"]).map(\.value.values) != first)
    #expect(searched != gates)
    session.begin(session.phases[1])
    #expect(session.model.store.tensors(of: ["main"]).map(\.value.values) == first)
    #expect(session.model.store.tensors(of: ["gates"]).map(\.value.values) == searched)
  }

  @Test func weightsOfTheSearchAreNeverKept() throws {
    let session = try session("searched-gates", ["evaluationsPerEpoch": .integer(2)])
    let outcome = try #require(try session.run().outcome)
    #expect(outcome.bestStep > 14)
    #expect(outcome.curve.first.map { $0.step < 14 } == true, "the search is seen in the curve")
    #expect(session.model.moment.phase == "retrain")
    #expect(session.model.moment.step == outcome.bestStep)
    #expect(session.model.moment.phaseStep == outcome.bestStep - 14)
  }

  @Test func validationSeesTheMomentOfTheWeights() throws {
    let session = try session("searched-gates")
    var moments: [TrainingMoment] = []
    _ = try session.run(observer: { event in
      if case .evaluated = event { moments.append(session.model.moment) }
    })
    #expect(moments.map(\.step) == [6, 12, 18, 24, 30, 36])
    #expect(moments.map(\.phase) == ["search", "search"] + Array(repeating: "retrain", count: 4))
    #expect(moments.map(\.phaseStep) == [6, 12, 4, 10, 16, 22])
    #expect(moments.allSatisfy { $0.stepsPerEpoch == 6 })
  }

  /// Stopped in every phase, at its beginning and its end.
  @Test(arguments: models, [[1], [5, 6], [7], [13], [14], [15, 30], [35]])
  func aRunThatWasStoppedInAnyPhaseContinuesBitForBit(model: String, stops: [Int]) throws {
    let straight = try session(model)
    let expected = try #require(try straight.run().outcome)
    try withTemporaryPath { folder in
      let policy = CheckpointPolicy(path: folder + "/checkpoint", interval: nil)
      for (index, stop) in stops.enumerated() {
        let part = try session(model, modelSeed: index == 0 ? 1 : 40)
        if index > 0 { try part.resume(from: policy) }
        _ = try part.run(checkpoints: policy, shouldStop: { part.step >= stop })
      }
      let last = try session(model, modelSeed: 41)
      try last.resume(from: policy)
      let outcome = try #require(try last.run(checkpoints: policy).outcome)
      #expect(bits(of: last.model) == bits(of: straight.model))
      #expect(outcome.curve == expected.curve && outcome.bestStep == expected.bestStep)
      #expect(last.model.moment == straight.model.moment)
      for (found, wanted) in zip(last.phases, straight.phases) {
        #expect(found.optimizer.step == wanted.optimizer.step)
        #expect(
          found.optimizer.state.map { $0.value.values.map(\.bitPattern) }
            == wanted.optimizer.state.map { $0.value.values.map(\.bitPattern) })
      }
    }
  }

  @Test func weightFilesKeepTheMomentThatAPredictionNeeds() throws {
    let session = try session("searched-gates")
    _ = try session.run()
    let rows = TinyProblem.oneLevel.test
    let expected = try session.model.evaluate(on: ValidationSplit(rows)).logits.values
    try withTemporaryPath { folder in
      try WeightFile.save(session.model, to: folder + "/weights.safetensors")
      let other = try self.session("searched-gates", modelSeed: 9).model
      try WeightFile.load(into: other, from: folder + "/weights.safetensors")
      #expect(other.moment == session.model.moment)
      #expect(try other.evaluate(on: ValidationSplit(rows)).logits.values == expected)
    }
  }

  @Test func aGroupHasALearningRateOfItsOwn() throws {
    let groups: ConfigurationValue = .object([
      "gates": .object(["learningRate": .number(0.5), "optimizer": .string("sgd")])
    ])
    let (plain, own) = (
      try session("searched-gates", ["epochs": .integer(1)]),
      try session("searched-gates", ["epochs": .integer(1), "groups": groups])
    )
    let before = plain.model.store.tensors(of: ["gates"])[0].value.values
    _ = try plain.run(shouldStop: { plain.step == 1 })
    _ = try own.run(shouldStop: { own.step == 1 })
    func bitsOf(_ session: TrainingSession, _ group: String) -> [[UInt32]] {
      session.model.store.tensors(of: [group]).map { $0.value.values.map(\.bitPattern) }
    }
    #expect(bitsOf(plain, "main") == bitsOf(own, "main"))
    #expect(bitsOf(plain, "gates") != bitsOf(own, "gates"))
    // Adam's first step has the length of the learning rate.
    let moved = zip(plain.model.store.tensors(of: ["gates"])[0].value.values, before).map {
      abs($0 - $1)
    }
    #expect(moved.allSatisfy { abs($0 - 0.02) < 1e-3 })
  }

  @Test(arguments: [
    (
      ["groups": ConfigurationValue.object(["gate": .object(["learningRate": .number(1)])])],
      "gates"
    ),
    (["groups": .object(["gates": .object(["learningrate": .number(1)])])], "learningRate"),
    (["groups": .object(["gates": .object(["learningRate": .number(-1)])])], "learningRate"),
    (["epochs": .integer(1), "batchSize": .integer(300)], "phase 'retrain' has no step"),
  ])
  func whatDoesNotFitTheModelIsRefused(options: [String: ConfigurationValue], part: String) {
    let text = sentence { _ = try session("searched-gates", options) }
    #expect(text?.contains(part) == true, "\(text ?? "accepted")")
  }
}

@Suite struct PhaseNameTests {
  @Test(arguments: [
    (["a", "b", "a"], "two phases are called 'a'"), (["a", ""], "a phase is called ''"),
    (["a/b", "c"], "a phase is called 'a/b'"),
  ])
  func namesThatStateCouldNotBeKeptUnderAreRefused(names: [String], beginning: String) {
    let phases = TrainingPhases(once: names.map { TrainingPhase($0, length: .steps(1)) })
    #expect(sentence { try phases.check() }?.hasPrefix(beginning) == true)
  }

  @Test func theSummaryNamesGroupsRowsLengthsAndSnapshots() {
    let phases = TrainingPhases(once: [
      TrainingPhase(
        "search", rows: 0..<0.125, length: .share(1.0 / 3), beginning: [.save("first", nil)]),
      TrainingPhase(
        "retrain", trains: ["main", "gates"], length: .rest,
        beginning: [.rewind(to: "first", ["main"])]),
    ])
    #expect(
      phases.summary
        == "trained in 2 phases one after the other: search (trains everything, rows from 0 % to "
        + "12.5 %, 33.3 % of the steps, first saves everything as 'first'); retrain (trains main and gates, the "
        + "remaining steps, first rewinds main to 'first')")
    #expect(TrainingPhases.single.summary == nil)
  }
}

@Suite struct PhaseTimelineTests {
  private func timeline(_ phases: TrainingPhases, total: Int = 20) throws -> PhaseTimeline {
    try PhaseTimeline(
      phases, totalSteps: total, stepsPerEpoch: phases.phases.map { _ in 5 })
  }

  @Test func lengthsAreStepsEpochsSharesAndTheRest() throws {
    let found = try timeline(
      TrainingPhases(once: [
        TrainingPhase("a", length: .steps(3)), TrainingPhase("b", length: .epochs(1)),
        TrainingPhase("c", length: .share(0.25)), TrainingPhase("d", length: .rest),
      ]))
    #expect(
      (0..<20).map { found.visit(at: $0).phase }.reduce(into: [0, 0, 0, 0]) { $0[$1] += 1 } == [
        3, 5, 5, 7,
      ])
    #expect(found.stepCount == 20)
    #expect(found.phasesBegun(before: 4) == [0, 1])
    #expect(found.phasesBegun(before: 3) == [0])
  }

  @Test func phasesWithoutARestEndTheRunEarlier() throws {
    let found = try timeline(
      TrainingPhases(once: [
        TrainingPhase("a", length: .steps(3)), TrainingPhase("b", length: .steps(4)),
      ]))
    #expect(found.stepCount == 7)
    #expect(found.mayKeepWeights(afterStep: 3) == false && found.mayKeepWeights(afterStep: 4))
  }

  @Test func aSmallShareIsAtLeastOneStep() throws {
    let found = try timeline(
      TrainingPhases(once: [
        TrainingPhase("a", length: .share(0.001)), TrainingPhase("b", length: .rest),
      ]))
    #expect(found.visit(at: 0).phase == 0 && found.visit(at: 1).phase == 1)
  }

  @Test(arguments: [
    TrainingPhases(once: []), TrainingPhases(once: [TrainingPhase("a", length: .steps(0))]),
    TrainingPhases(once: [TrainingPhase("a", length: .share(0))]),
    TrainingPhases(once: [TrainingPhase("a", length: .steps(21))]),
    TrainingPhases(once: [
      TrainingPhase("a", length: .rest), TrainingPhase("b", length: .steps(1)),
    ]),
    TrainingPhases(alternating: [TrainingPhase("a", length: .share(0.5))]),
    TrainingPhases(alternating: [TrainingPhase("a", length: .rest)]),
    TrainingPhases(once: [TrainingPhase("a", length: .share(1.5))]),
  ])
  func lengthsThatDoNotFitAreRefused(phases: TrainingPhases) {
    #expect(throws: Diagnostic.self) { try timeline(phases) }
  }
}
