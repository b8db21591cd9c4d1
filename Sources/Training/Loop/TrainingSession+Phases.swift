import Configuration
import Ranking
import TensorCore

/// A phase of a session: its rows and the parameters that it trains.
struct SessionPhase {
  let declaration: TrainingPhase
  let batches: TrainingBatches
  let optimizer: Optimizer
  let frozen: [Parameter]

  /// - Throws: ``Diagnostic`` if the phase has no rows, or groups that the model does not have.
  init(
    _ declaration: TrainingPhase, model: BuiltModel, options: TrainingOptions,
    batches: TrainingBatches
  ) throws {
    self.declaration = declaration
    self.batches = batches.batches(of: declaration)
    guard self.batches.rowCount > 0 else {
      throw Diagnostic("phase '\(declaration.name)' sees no training row")
    }
    for group in declaration.groups ?? [] { try model.store.checkHasGroup(group) }
    let parameters = model.store.parameters
    func isTrained(_ parameter: Parameter) -> Bool {
      declaration.groups?.contains(parameter.group) ?? true
    }
    frozen = parameters.filter { !isTrained($0) }
    optimizer = try Optimizer(
      options, parameters: parameters.filter(isTrained), ranks: model.store.ranks)
  }
}

extension TrainingPhases {
  /// Checks that the names of phases differ and are valid in names of random streams and tensors,
  /// and that every snapshot a phase rewinds to was saved before.
  ///
  /// - Throws: ``Diagnostic``.
  func check() throws {
    var names: Set<String> = []
    for phase in phases where phases.count > 1 {
      guard !phase.name.isEmpty, !phase.name.contains("/") else {
        throw Diagnostic(
          "a phase is called '\(phase.name)': the name must be given and have no '/'")
      }
      guard names.insert(phase.name).inserted else {
        throw Diagnostic("two phases are called '\(phase.name)'")
      }
    }
    var saved: [String] = []
    for phase in phases {
      for action in phase.beginning {
        switch action {
        case .save(let name, _): saved.append(name)
        case .rewind(let name, _) where !saved.contains(name):
          throw Diagnostic.unknown("snapshot", name, accepted: saved)
            .at("phase '\(phase.name)'")
        case .rewind: break
        }
      }
    }
  }
}

extension ParameterStore {
  /// The groups of parameters, in creation order.
  var groups: [String] {
    var seen: Set<String> = []
    return parameters.map(\.group).filter { seen.insert($0).inserted }
  }

  /// - Throws: ``Diagnostic`` with the nearest name.
  func checkHasGroup(_ name: String) throws {
    guard !groups.contains(name) else { return }
    throw Diagnostic.unknown("parameter group", name, accepted: groups)
  }
}

extension TrainingSession {
  /// Returns the moment of the weights after `step` steps.
  func moment(afterStep step: Int) -> TrainingMoment {
    guard phases.count > 1 else {
      return TrainingMoment(step: step, stepsPerEpoch: stepsPerEpoch)
    }
    let last = max(0, step - 1)
    let visit = timeline.visit(at: last)
    return TrainingMoment(
      step: step, stepsPerEpoch: stepsPerEpoch, phase: phases[visit.phase].declaration.name,
      phaseStep: visit.phaseStep(at: step))
  }

  /// Returns the moment at which the next step takes place.
  func momentOfNextStep(_ visit: PhaseTimeline.Visit) -> TrainingMoment {
    TrainingMoment(
      step: progress.step, stepsPerEpoch: stepsPerEpoch,
      phase: phases[visit.phase].declaration.name, phaseStep: visit.phaseStep(at: progress.step))
  }

  /// Runs the actions that a phase declares for the beginning of a visit.
  func begin(_ phase: SessionPhase) {
    for action in phase.declaration.beginning {
      switch action {
      case .save(let name, let groups):
        if let snapshot = snapshots[name] {
          snapshot.update(from: model.store)
        } else {
          snapshots[name] = WeightSnapshot(of: model.store, groups: groups)
        }
      case .rewind(let name, let groups):
        snapshots[name]?.restore(to: model.store, groups: groups)
      }
    }
  }

  /// Allocates the snapshots taken before `step` steps were done, so that their tensors can be
  /// read.
  func blankSnapshots(before step: Int) -> [String: WeightSnapshot] {
    var result: [String: WeightSnapshot] = [:]
    for phase in timeline.phasesBegun(before: step) {
      for case .save(let name, let groups) in phases[phase].declaration.beginning {
        result[name] = WeightSnapshot(of: model.store, groups: groups)
      }
    }
    return result
  }
}
