import Foundation

/// The energy that the machine's processors have taken since the meter was started, by the counters
/// that Linux shows under `/sys/class/powercap` (RAPL).
///
/// Each processor package counts microjoules up to a maximum and then begins again at 0, at full load
/// after some ten minutes or more. The meter must therefore be read often; a reading that a counter may
/// have passed unseen makes the energy unknown. The counters see everything that runs on the machine,
/// and nothing but the processors.
final class EnergyMeter {
  /// The longest time between two readings in which a counter cannot wrap twice.
  private static let longestGap: Duration = .seconds(300)
  /// The shortest time between two readings.
  private static let shortestGap: Duration = .seconds(5)

  private struct Package {
    let path: String
    let range: UInt64
    var count: UInt64
  }

  private let clock = ContinuousClock()
  private var packages: [Package]
  private var lastReading: ContinuousClock.Instant
  private var microjoules: UInt64 = 0
  private var isKnown: Bool

  /// Starts a meter.
  ///
  /// - Parameter folder: The folder with one folder for each counter.
  init(folder: String = "/sys/class/powercap") {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    var isReadable = true
    packages = names.compactMap { name in
      let path = "\(folder)/\(name)"
      let label = (try? String(contentsOfFile: "\(path)/name", encoding: .utf8)) ?? ""
      guard label.hasPrefix("package") else { return nil }
      guard let range = Self.number("\(path)/max_energy_range_uj"),
        let count = Self.number("\(path)/energy_uj")
      else {
        isReadable = false
        return nil
      }
      return Package(path: path, range: range, count: count)
    }
    isKnown = isReadable && !packages.isEmpty
    lastReading = clock.now
  }

  /// The energy in joules until now; nil if the machine does not tell, or not reliably.
  func joules() -> Double? {
    read()
    return isKnown ? Double(microjoules) / 1e6 : nil
  }

  /// Reads the counters if the last reading is some seconds ago.
  func update() {
    if isKnown, clock.now - lastReading >= Self.shortestGap { read() }
  }

  private func read() {
    let now = clock.now
    defer { lastReading = now }
    guard isKnown, now - lastReading <= Self.longestGap else { return isKnown = false }
    for index in packages.indices {
      let (before, range) = (packages[index].count, packages[index].range)
      guard let count = Self.number("\(packages[index].path)/energy_uj"), count <= range else {
        return isKnown = false
      }
      microjoules += count >= before ? count - before : range - before + count
      packages[index].count = count
    }
  }

  private static func number(_ path: String) -> UInt64? {
    (try? String(contentsOfFile: path, encoding: .utf8))
      .flatMap { UInt64($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }
}
