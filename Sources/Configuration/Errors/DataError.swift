/// Data that cannot be used: a sentence that says where, what was found, and what is accepted.
public struct DataError: Error, CustomStringConvertible, Equatable {
  /// The sentence, without a full stop.
  public let description: String

  /// Creates an error.
  ///
  /// Characters that do not show are escaped, so that no input can steer the terminal or begin a line;
  /// see ``printableSentence(_:)``.
  public init(_ description: String) { self.description = printableSentence(description) }

  /// Creates the error of a system call on a file that failed with `code`.
  package init(cannot action: String, path: String, code: Int32) {
    self.init("cannot \(action) \(path): \(String(cString: strerror(code)))")
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
