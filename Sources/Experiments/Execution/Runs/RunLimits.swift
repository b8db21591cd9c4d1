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
      return "took more memory than its limit: \(Self.text(bytes: memory)) of "
        + Self.text(bytes: limit)
    }
    return nil
  }

  private static func text(_ number: Double) -> String {
    number == number.rounded() ? fixed(number, digits: 0) : "\(number)"
  }

  /// Returns a number of bytes in decimal units, such as `4.2 GB`.
  static func text(bytes: Int) -> String {
    let (unit, name) = bytes < 1_000_000_000 ? (1e6, "MB") : (1e9, "GB")
    return "\(fixed(Double(bytes) / unit, digits: 1)) \(name)"
  }

  /// Returns the bytes of a size such as `4GB`, `512 MB` or `1.5GiB`; a number alone is in bytes.
  ///
  /// Units are decimal (kB, MB, GB, TB) or binary (KiB, MiB, GiB, TiB), in any case.
  ///
  /// - Throws: ``Diagnostic`` if it is not a positive size.
  public static func bytes(_ text: String) throws -> Int {
    let compact = text.filter { !$0.isWhitespace }
    let digits = compact.prefix { $0.isNumber || $0 == "." }
    let unit = compact.dropFirst(digits.count).lowercased()
    let factors: [String: Double] = [
      "": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12,
      "tb": 1e12, "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
    ]
    guard let number = Double(digits), let factor = factors[unit], number * factor >= 1,
      number * factor < 1e18
    else {
      throw Diagnostic("'\(excerpt(text))' is no size of memory: write it like 4GB or 512MiB")
    }
    return Int(number * factor)
  }
}
