import Configuration
import Ranking

/// A rule that stops the less promising trials of a search early, so that the epochs go to the
/// others.
///
/// A trial under a scheduler is the same run as without one: its configuration, with all its epochs,
/// and so its learning-rate schedule and its name do not change. The run pauses after some epochs
/// (a rung), and either continues from its own checkpoint, so that no step is computed twice, or is
/// pruned.
///
/// Verdicts are a pure function of the validation scores of the trials up to their rungs. They do
/// not depend on timing, the number of concurrent runs or how often a sweep was interrupted, nor on
/// later epochs of a trial that the store happens to know: the same specification gives the same
/// table everywhere. With more scores, a verdict only progresses: a pruned trial remains pruned, and
/// the permitted number of epochs does not decrease.
///
/// To add a scheduler, add a file with the type and a line in ``schedulerCatalog``.
public protocol TrialScheduler: ConfigurableMethod, Sendable {
  /// Creates the scheduler for trials of a number of epochs.
  init(_ hyperparameters: Hyperparameters, epochs: Int)

  /// Returns how far each trial is trained, given the scores that are known so far.
  ///
  /// - Parameter trials: The trials of all rounds so far, in the order of their numbers. All but
  ///   those of the last round have ended or were pruned.
  func verdicts(on trials: [TrialCurve]) -> [TrialVerdict]
}

extension TrialScheduler {
  /// Checks one of the scheduler's settings.
  ///
  /// - Throws: ``Diagnostic`` with the nearest name.
  static func check(_ value: ConfigurationValue, for name: String) throws {
    guard settings.contains(where: { $0.name == name }) else {
      throw Diagnostic.unknown(
        "setting of \(card.id)", name, accepted: settings.map(\.name))
    }
    try Hyperparameters.check(value, for: name)
  }
}

/// How far a scheduler lets a trial be trained.
public enum TrialVerdict: Sendable, Equatable {
  /// Until this number of epochs is complete. If it is less than all, the trial then waits for the
  /// next verdict.
  case train(epochs: Int)
  /// The trial ended after this number of epochs.
  case prune(after: Int)
}

/// All schedulers in listing order; the first is the default.
public let schedulerCatalog: [any TrialScheduler.Type] = [
  NoScheduler.self,
  SuccessiveHalving.self,
  ASHA.self,
  Hyperband.self,
  MedianStopping.self,
]

/// The catalog of schedulers, as methods to choose from.
public enum Schedulers: MethodCatalog {
  /// ``schedulerCatalog``.
  public static var methods: [any ConfigurableMethod.Type] { schedulerCatalog }
}

/// A scheduler of the catalog, chosen by its id, with its own settings.
public typealias SchedulerChoice = MethodChoice<Schedulers>

extension MethodChoice<Schedulers> {
  /// Whether all trials are trained to their end.
  public var trainsAll: Bool { id == NoScheduler.card.id }

  /// The scheduler in words for table notes: its name and settings.
  public var words: String {
    guard let type = schedulerCatalog.first(where: { $0.card.id == id }) else { return id }
    let values = type.settings.map { setting in
      "\(setting.name) \((settings[setting.name] ?? setting.defaultValue).description)"
    }
    return type.card.title + (values.isEmpty ? "" : " (\(values.joined(separator: ", ")))")
  }

  /// Creates the scheduler for trials of a number of epochs.
  ///
  /// - Throws: ``Diagnostic`` if settings are inconsistent.
  func scheduler(epochs: Int) throws -> any TrialScheduler {
    func create<Scheduler: TrialScheduler>(_ type: Scheduler.Type) throws -> any TrialScheduler {
      Scheduler(try settings(of: type), epochs: epochs)
    }
    guard let type = schedulerCatalog.first(where: { $0.card.id == id }) else {
      throw Diagnostic.unknown("scheduler", id, accepted: schedulerCatalog.map { $0.card.id })
    }
    return try create(type)
  }
}

/// No scheduler: every trial is trained to its end.
struct NoScheduler: TrialScheduler {
  struct Hyperparameters: HyperparameterSet {}

  static let card = MethodCard(
    id: "none", title: "No scheduler", paper: "Every trial is trained to its end.")

  private let epochs: Int

  init(_ hyperparameters: Hyperparameters, epochs: Int) { self.epochs = epochs }

  func verdicts(on trials: [TrialCurve]) -> [TrialVerdict] {
    trials.map { _ in .train(epochs: epochs) }
  }
}
