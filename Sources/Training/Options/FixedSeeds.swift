import Configuration

/// The sources of chance in a run whose seed does not follow that of the run.
///
/// A run draws from three families of streams, each with a seed of its own:
///
///     initialization   initial weights and state of the model and of the balancer
///     order            the order of rows in every epoch, and which rows a phase sees
///     noise            dropout, noise of gates, and whatever else is drawn in a training step
///
/// Each seed is that of the run unless it is fixed here. If all but one are fixed, scores of runs with
/// different seeds differ by that source alone; if all are fixed, they are the same bits. The data are
/// no part of it: they have a seed of their own where they are synthetic.
///
/// In configurations, this is an object with the seeds that are fixed: `{order: 1, noise: 1}`.
public struct FixedSeeds: ConfigurationConvertible {
  /// A source of chance.
  public enum Source: String, CaseIterable, Sendable {
    /// Initial weights and state.
    case initialization
    /// The order of rows.
    case order
    /// Draws in training steps.
    case noise
  }

  private var seeds: [Source: Int] = [:]

  /// Objects with whole numbers.
  public static var domain: SettingDomain {
    .record(Source.allCases.map { .init($0.rawValue, Int.domain) })
  }

  /// Creates settings that fix nothing.
  public init() {}

  /// Creates settings from an object; nil if ``domain`` does not contain it.
  public init?(configuration: ConfigurationValue) {
    guard Self.domain.contains(configuration), case .object(let members) = configuration else {
      return nil
    }
    for source in Source.allCases {
      seeds[source] = members[source.rawValue].flatMap(Int.init(configuration:))
    }
  }

  /// The object.
  public var configuration: ConfigurationValue {
    .object(
      Dictionary(uniqueKeysWithValues: seeds.map { ($0.rawValue, .integer($1)) }))
  }

  /// The sources that follow the seed of the run.
  public var varying: [Source] { Source.allCases.filter { seeds[$0] == nil } }

  /// Returns the seed of a source in a run.
  public func seed(of source: Source, inRun seed: UInt64) -> UInt64 {
    seeds[source].map { UInt64(bitPattern: Int64($0)) } ?? seed
  }
}
