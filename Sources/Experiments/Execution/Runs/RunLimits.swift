import Configuration

/// The time and memory that one run may take.
public struct RunLimits: Sendable, Equatable {
  /// The wall-clock minutes of one attempt; nil for no limit.
  public var minutes: Double?
  /// The bytes of memory, without files that are only mapped, such as data sets; nil for no limit.
  public var memory: Int?

  /// Creates limits.
  public init(minutes: Double? = nil, memory: Int? = nil) {
    self.minutes = minutes
    self.memory = memory
  }

  /// Returns which limit is exceeded, in words; nil if none is.
  ///
  /// - Parameters:
  ///   - elapsed: The time since the attempt began.
  ///   - memory: The bytes in use; nil if unknown.
  func excess(elapsed: Duration, memory: Int?) -> String? {
    if let minutes, elapsed / .seconds(60) > minutes {
      return "took longer than its limit of \(Self.text(minutes)) min"
    }
    if let limit = self.memory, let memory, memory > limit {
      return "took more memory than its limit: \(byteText(memory, digits: 1)) of "
        + byteText(limit, digits: 1)
    }
    return nil
  }

  private static func text(_ number: Double) -> String {
    number == number.rounded() ? fixed(number, digits: 0) : "\(number)"
  }

  /// Returns the bytes of a size such as `4GB`, `512 MB` or `1.5GiB`; a number alone is in bytes.
  ///
  /// Units are decimal (kB, MB, GB, TB) or binary (KiB, MiB, GiB, TiB), in any case.
  ///
  /// - Throws: ``Diagnostic`` if it is not a positive size.
  public static func bytes(_ text: String) throws -> Int {
    guard let count = byteCount(text) else {
      throw Diagnostic("'\(excerpt(text))' is no size of memory: write it like 4GB or 512MiB")
    }
    return count
  }
}
