import Configuration

/// A time limit as Slurm writes it.
///
/// The forms are those of `sbatch --time`: `minutes`, `minutes:seconds`, `hours:minutes:seconds`,
/// `days-hours`, `days-hours:minutes` and `days-hours:minutes:seconds`.
public struct SlurmTime: Sendable, Equatable {
  /// The time in seconds.
  public let seconds: Int

  /// Creates a time.
  public init(seconds: Int) { self.seconds = seconds }

  /// Reads a time; nil if it has none of the forms, is longer than a century, or is no limit, such
  /// as `UNLIMITED`.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let clock = parts.last else { return nil }
    var numbers: [Int] = []
    for part in clock.split(separator: ":", omittingEmptySubsequences: false) {
      guard (1...9).contains(part.utf8.count), let number = Int(part), number >= 0,
        part.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") })
      else { return nil }
      numbers.append(number)
    }
    var days = 0
    if parts.count == 2 {
      guard (1...5).contains(parts[0].utf8.count), let number = Int(parts[0]), number >= 0 else {
        return nil
      }
      days = number
    }
    let clockSeconds: Int
    switch (parts.count, numbers.count) {
    case (2, 1): clockSeconds = numbers[0] * 3600
    case (2, 2): clockSeconds = numbers[0] * 3600 + numbers[1] * 60
    case (1, 1): clockSeconds = numbers[0] * 60
    case (1, 2): clockSeconds = numbers[0] * 60 + numbers[1]
    case (_, 3): clockSeconds = numbers[0] * 3600 + numbers[1] * 60 + numbers[2]
    default: return nil
    }
    let seconds = days * 86400 + clockSeconds
    guard seconds <= 100 * 366 * 86400 else { return nil }
    self.seconds = seconds
  }

  /// The time as `days-hours:minutes:seconds`, without days if there are none.
  public var text: String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let days = seconds / 86400
    let clock = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map(two)
    return (days > 0 ? "\(days)-" : "") + clock.joined(separator: ":")
  }
}
