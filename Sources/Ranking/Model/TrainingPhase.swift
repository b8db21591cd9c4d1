/// A part of a run in which some groups of a model's parameters are trained on some of the rows.
///
/// A model that is trained in several phases declares them in ``RankingModel/phases``; groups are
/// created by ``/TensorCore/ParameterScope/group(_:)``. Each phase has its own optimizer state and
/// row order, and both resume where they left off when the phase is visited again. A model can read
/// the current phase, and the number of steps done in it, from
/// ``/TensorCore/ForwardContext/moment``.
///
/// ```swift
/// // Architecture search on a third of the steps, then training from the first weights.
/// TrainingPhases(once: [
///   TrainingPhase("search", length: .share(1.0 / 3), beginning: [.save("first weights", ["main"])]),
///   TrainingPhase(
///     "retrain", trains: ["main"], length: .rest,
///     beginning: [.rewind(to: "first weights", ["main"])]),
/// ])
/// ```
public struct TrainingPhase: Sendable, Equatable {
  /// The length of a visit to a phase.
  public enum Length: Sendable, Equatable {
    /// Optimizer steps.
    case steps(Int)
    /// Passes over the rows of the phase.
    case epochs(Int)
    /// A share of the total steps in the run's epochs, rounded to the nearest step, but at least one
    /// step if it is positive.
    case share(Double)
    /// All remaining steps; allowed only for the last phase.
    case rest
  }

  /// An action at the beginning of every visit to a phase, before its first step.
  public enum Action: Sendable, Equatable {
    /// Saves a copy of the parameters and buffers of some groups (nil for all) under a name.
    case save(String, [String]?)
    /// Restores the saved parameters and buffers of some groups (nil for all that were saved).
    case rewind(to: String, [String]?)
  }

  /// The name, as used in ``/TensorCore/TrainingMoment/phase``, random streams and checkpoints.
  public var name: String

  /// The groups that are trained; nil for all.
  ///
  /// All other parameters are constant: gradients, moments and weight decay do not change them. The
  /// running moments of batch normalization are updated in every phase.
  public var groups: [String]?

  /// The part of the training rows that the phase sees, as shares of a shuffle that depends only on
  /// the seed; phases with disjoint shares see disjoint rows.
  public var rows: Range<Double>

  /// The length of a visit.
  public var length: Length

  /// The actions at the beginning of every visit.
  public var beginning: [Action]

  /// Creates a phase, by default with all parameters and rows.
  ///
  /// - Parameters:
  ///   - name: The name, different from those of the other phases.
  ///   - groups: The groups that are trained; nil for all.
  ///   - rows: The shares of the shuffled training rows that the phase sees.
  ///   - length: The length of a visit.
  ///   - beginning: Actions before the first step of every visit.
  public init(
    _ name: String, trains groups: [String]? = nil, rows: Range<Double> = 0..<1, length: Length,
    beginning: [Action] = []
  ) {
    self.name = name
    self.groups = groups
    self.rows = rows
    self.length = length
    self.beginning = beginning
  }

  /// A short description of the phase: its name, groups, rows, length and initial actions.
  fileprivate var summary: String {
    func percent(_ share: Double) -> String {
      "\((share * 1000).rounded() / 10) %".replacing(".0 %", with: " %")
    }
    func of(_ groups: [String]?) -> String { groups?.joined(separator: " and ") ?? "everything" }
    var words = [groups.map { "trains \(of($0))" } ?? "trains everything"]
    if rows != 0..<1 {
      words.append("rows from \(percent(rows.lowerBound)) to \(percent(rows.upperBound))")
    }
    switch length {
    case .steps(let count): words.append(count == 1 ? "1 step" : "\(count) steps")
    case .epochs(let count): words.append(count == 1 ? "1 epoch" : "\(count) epochs")
    case .share(let share): words.append("\(percent(share)) of the steps")
    case .rest: words.append("the remaining steps")
    }
    words += beginning.map { action in
      switch action {
      case .save(let name, let groups): "first saves \(of(groups)) as '\(name)'"
      case .rewind(let name, let groups): "first rewinds \(of(groups)) to '\(name)'"
      }
    }
    return "\(name) (\(words.joined(separator: ", ")))"
  }
}

/// The phases of a model's training, in order.
///
/// All phases together take at most the total steps in the run's epochs, so that all models in a
/// table have the same limit on training. Selection of the best weights by validation and early
/// stopping take place in the last phase if phases run once in sequence, and in any phase if they
/// alternate.
public struct TrainingPhases: Sendable, Equatable {
  /// The phases.
  public let phases: [TrainingPhase]

  /// Whether the phases repeat in turn until the run's steps are used up.
  public let alternates: Bool

  /// A description of the phases for records and tables; nil for one phase.
  public var summary: String? {
    guard phases.count > 1 else { return nil }
    return "trained in \(phases.count) "
      + (alternates ? "alternating phases: " : "phases one after the other: ")
      + phases.map(\.summary).joined(separator: "; ")
  }

  /// One phase with all parameters and rows.
  public static let single = TrainingPhases(once: [TrainingPhase("", length: .rest)])

  /// Creates phases that run once, in sequence.
  public init(once phases: [TrainingPhase]) {
    self.phases = phases
    alternates = false
  }

  /// Creates phases that repeat in turn; their lengths are steps or epochs.
  public init(alternating phases: [TrainingPhase]) {
    self.phases = phases
    alternates = true
  }
}
