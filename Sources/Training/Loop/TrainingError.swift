import Configuration

/// What keeps training or a file of it from going on: one sentence, without a full stop.
public struct TrainingError: Error, CustomStringConvertible, Equatable {
  /// The sentence.
  public let description: String

  /// Creates an error.
  ///
  /// Characters that do not show are escaped, so that no input can steer the terminal or begin a line;
  /// see ``printableSentence(_:)``.
  public init(_ description: String) { self.description = printableSentence(description) }
}
