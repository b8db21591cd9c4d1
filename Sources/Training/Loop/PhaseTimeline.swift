import Configuration
import Ranking

/// The phase of every step of a run, a pure function of the step, so that a checkpoint needs to
/// store only the step.
struct PhaseTimeline: Sendable {
  /// A visit of a phase.
  struct Visit: Equatable {
    /// The index of the phase.
    var phase: Int
    /// The steps of the run, counted from 0.
    var steps: Range<Int>
    /// The number of steps in earlier visits of the phase.
    var earlierSteps: Int

    /// Returns the number of steps done in the phase before a step of the visit.
    func phaseStep(at step: Int) -> Int { earlierSteps + step - steps.lowerBound }
  }

  /// The number of steps of the run unless it stops early.
  let stepCount: Int

  private let lengths: [Int]
  private let alternates: Bool

  /// Computes the timeline.
  ///
  /// - Parameters:
  ///   - phases: The phases that the model declares.
  ///   - totalSteps: The total number of steps in the run's epochs.
  ///   - stepsPerEpoch: For every phase, the number of steps in one pass over its rows.
  /// - Throws: ``Diagnostic`` if lengths are not positive, do not fit into the run's steps, or are
  ///   of a kind that the order of the phases does not allow.
  init(_ phases: TrainingPhases, totalSteps: Int, stepsPerEpoch: [Int]) throws {
    guard !phases.phases.isEmpty else { throw Diagnostic("the model has no phase") }
    alternates = phases.alternates
    var lengths: [Int] = []
    for (phase, stepsPerEpoch) in zip(phases.phases, stepsPerEpoch) {
      let isLast = lengths.count == phases.phases.count - 1
      let length: Int? =
        switch phase.length {
        case .steps(let count): count
        case .epochs(let count): count * stepsPerEpoch
        case .share(let share) where !phases.alternates && (0...1).contains(share):
          share > 0 ? max(1, Int((share * Double(totalSteps)).rounded())) : 0
        case .rest where !phases.alternates && isLast: totalSteps - lengths.reduce(0, +)
        case .share, .rest: nil
        }
      guard let length, length > 0 else {
        throw Diagnostic(
          "phase '\(phase.name)' has no step: of the run's \(totalSteps), "
            + "\(lengths.reduce(0, +)) belong to phases before it")
      }
      lengths.append(length)
    }
    self.lengths = lengths
    let sum = lengths.reduce(0, +)
    guard alternates || sum <= totalSteps else {
      throw Diagnostic(
        "the phases take \(sum) steps, but the run's epochs amount to \(totalSteps)")
    }
    stepCount = alternates ? totalSteps : sum
  }

  /// Returns the visit that a step belongs to.
  func visit(at step: Int) -> Visit {
    let cycle = lengths.reduce(0, +)
    let cycles = alternates ? step / cycle : 0
    var (phase, start) = (0, cycles * cycle)
    while phase < lengths.count - 1, step >= start + lengths[phase] {
      start += lengths[phase]
      phase += 1
    }
    return Visit(
      phase: phase, steps: start..<max(start, min(start + lengths[phase], stepCount)),
      earlierSteps: cycles * lengths[phase])
  }

  /// Returns the number of steps of a phase among the first `step` steps of the run.
  func steps(of phase: Int, before step: Int) -> Int {
    let cycle = lengths.reduce(0, +)
    let (cycles, rest) = alternates ? step.quotientAndRemainder(dividingBy: cycle) : (0, step)
    let earlier = lengths[..<phase].reduce(0, +)
    return cycles * lengths[phase] + min(max(rest - earlier, 0), lengths[phase])
  }

  /// Returns the phases begun before `step` steps were done.
  func phasesBegun(before step: Int) -> [Int] {
    var start = 0
    var begun: [Int] = []
    for (phase, length) in lengths.enumerated() {
      if start < step { begun.append(phase) }
      start += length
    }
    return begun
  }

  /// Returns whether the weights after a step, counted from 1, may be kept as the result.
  func mayKeepWeights(afterStep step: Int) -> Bool {
    alternates || visit(at: step - 1).phase == lengths.count - 1
  }
}
