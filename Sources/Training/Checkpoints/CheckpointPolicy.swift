/// Where checkpoints of a run are written, and how often.
public struct CheckpointPolicy: Sendable, Equatable {
  /// The file, replaced by every checkpoint.
  public var path: String

  /// The wall time between two checkpoints; nil for none but when asked to stop.
  public var interval: Duration?

  /// What identifies the run's configuration; a checkpoint of another one is refused.
  public var configurationDigest: String

  /// Creates a policy.
  public init(path: String, interval: Duration? = .seconds(60), configurationDigest: String = "") {
    self.path = path
    self.interval = interval
    self.configurationDigest = configurationDigest
  }
}
