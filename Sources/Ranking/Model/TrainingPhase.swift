/// A part of a run in which some groups of a model's parameters are trained on some of the rows.
///
/// A model that is trained in several phases declares them by ``RankingModel/phases``; groups are made by
/// ``/TensorCore/ParameterScope/group(_:)``. Each phase has an optimizer state and an order of rows of its own; both
/// continue where they were when a phase is visited again. A model sees the phase, and the steps done in
/// it, in ``/TensorCore/ForwardContext/moment``.
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
  /// How long a visit of a phase lasts.
  public enum Length: Sendable, Equatable {
    /// Optimizer steps.
    case steps(Int)
    /// Passes over the rows of the phase.
    case epochs(Int)
    /// A share of the steps that the run's epochs amount to, rounded to the nearest step.
    case share(Double)
    /// All steps that are left; the last phase only.
    case rest
  }

  /// What is done at the beginning of every visit of a phase, before its first step.
  public enum Action: Sendable, Equatable {
    /// Keeps a copy of the parameters and buffers of some groups (nil for all) under a name.
    case save(String, [String]?)
    /// Gives parameters and buffers of some groups (nil for all that were saved) their values back.
    case rewind(to: String, [String]?)
  }

  /// The name: in ``/TensorCore/TrainingMoment/phase``, random streams and checkpoints.
  public var name: String

  /// The groups that are trained; nil for all.
  ///
  /// All other parameters are constants: neither gradients nor moments nor weight decay move them. Running
  /// moments of batch normalization follow every phase.
  public var groups: [String]?

  /// The part of the training rows that the phase sees, as shares of a shuffle that depends on the seed
  /// alone: phases of disjoint shares see disjoint rows.
  public var rows: Range<Double>

  /// How long a visit lasts.
  public var length: Length

  /// What is done at the beginning of every visit.
  public var beginning: [Action]

  /// Creates a phase of all rows.
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

  /// The phase in a few words: its name, groups, rows, length, and what it begins with.
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
/// All phases together take at most the steps that the run's epochs amount to, so that models of
/// one table have one bound on their training. The best weights by validation are chosen, and training is
/// stopped early, in the last phase where phases follow each other once, and in any where they alternate.
public struct TrainingPhases: Sendable, Equatable {
  /// The phases.
  public let phases: [TrainingPhase]

  /// Whether the phases follow each other again and again until the run's steps are over.
  public let alternates: Bool

  /// What the phases are, in a sentence for records and tables; nil for one phase.
  public var summary: String? {
    guard phases.count > 1 else { return nil }
    return "trained in \(phases.count) "
      + (alternates ? "alternating phases: " : "phases one after the other: ")
      + phases.map(\.summary).joined(separator: "; ")
  }

  /// One phase, of all parameters and rows.
  public static let single = TrainingPhases(once: [TrainingPhase("", length: .rest)])

  /// Phases that follow each other once.
  public init(once phases: [TrainingPhase]) {
    self.phases = phases
    alternates = false
  }

  /// Phases that follow each other again and again; their lengths are steps or epochs.
  public init(alternating phases: [TrainingPhase]) {
    self.phases = phases
    alternates = true
  }
}
