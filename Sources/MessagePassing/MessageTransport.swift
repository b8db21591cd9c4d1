/// The purpose of messages, which separates them from each other and counts their bytes.
public enum MessagePurpose: Int, CaseIterable, Sendable {
  /// Loss terms, counts of rows and decisions.
  case control
  /// Gradients of dense parameters, from all ranks to the one that updates them.
  case gradients
  /// Weights of dense parameters, from the rank that updated them to all others.
  case weights
  /// Moments of batch normalization and their gradients.
  case moments
  /// Rows of embedding tables.
  case lookups
  /// Gradients of rows of embedding tables.
  case rowGradients
  /// Predictions of evaluations.
  case predictions
  /// Weights and optimizer state, on their way to or from a file.
  case checkpoint
}

/// One message between this rank and another.
public struct Message {
  /// The direction and the other rank.
  public enum Peer: Equatable, Sendable {
    /// Sent to a rank.
    case to(Int)
    /// Received from a rank.
    case from(Int)
  }

  /// The direction and the other rank.
  public let peer: Peer
  /// The bytes to send or to fill, which must stay in place until the message is complete.
  public let bytes: UnsafeMutableRawBufferPointer
  /// Messages with equal tags between the same ranks are received in the order in which they were
  /// sent.
  public let tag: Int
}

/// A carrier of messages between the ranks of a group.
public protocol MessageTransport: AnyObject {
  /// The number of this rank, from 0.
  var rank: Int { get }

  /// The number of ranks.
  var rankCount: Int { get }

  /// Starts messages.
  func start(_ messages: [Message]) -> any PendingMessages

  /// Returns why another rank cannot answer any more, if this is known; called while waiting.
  func failureOfPeer() -> String?

  /// Ends this process because the ranks cannot go on; the sentence says why.
  func end(because sentence: String) -> Never
}

/// Messages that were started together.
public protocol PendingMessages: AnyObject {
  /// Advances all messages of the transport and returns whether these are complete.
  func isComplete() -> Bool
}
