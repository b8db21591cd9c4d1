/// What keeps training or a file of it from going on: one sentence, without a full stop.
public struct TrainingError: Error, CustomStringConvertible, Equatable {
  /// The sentence.
  public let description: String

  /// Creates an error.
  public init(_ description: String) { self.description = description }
}
