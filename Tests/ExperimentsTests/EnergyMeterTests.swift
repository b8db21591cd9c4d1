import Foundation
import TestKit
import Testing

// Internal: the meter of a run.
@testable import Experiments

@Suite struct EnergyMeterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Writes a counter as Linux shows it.
  private func write(_ counter: String, name: String, microjoules: String, range: String = "1000")
    throws
  {
    let path = "\(folder.path)/\(counter)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (file, text) in [
      ("name", name), ("energy_uj", microjoules), ("max_energy_range_uj", range),
    ] {
      try (text + "\n").write(toFile: "\(path)/\(file)", atomically: true, encoding: .utf8)
    }
  }

  @Test func addsAllPackagesAndNothingElse() throws {
    try write("intel-rapl:0", name: "package-0", microjoules: "100")
    try write("intel-rapl:1", name: "package-1", microjoules: "200")
    try write("intel-rapl:0:0", name: "core", microjoules: "50")
    let meter = EnergyMeter(folder: folder.path)
    #expect(meter.joules() == 0)
    try write("intel-rapl:0", name: "package-0", microjoules: "110")
    try write("intel-rapl:1", name: "package-1", microjoules: "230")
    try write("intel-rapl:0:0", name: "core", microjoules: "950")
    #expect(meter.joules() == 40e-6)
    #expect(meter.joules() == 40e-6)
  }

  @Test func followsACounterPastItsMaximum() throws {
    try write("intel-rapl:0", name: "package-0", microjoules: "900")
    let meter = EnergyMeter(folder: folder.path)
    try write("intel-rapl:0", name: "package-0", microjoules: "50")
    #expect(meter.joules() == 150e-6)
    try write("intel-rapl:0", name: "package-0", microjoules: "60")
    #expect(meter.joules() == 160e-6)
  }

  @Test func knowsNothingWithoutCounters() throws {
    #expect(EnergyMeter(folder: folder.path).joules() == nil)
    #expect(EnergyMeter(folder: folder.path + "/absent").joules() == nil)
    try write("dtpm", name: "uncore", microjoules: "5")
    #expect(EnergyMeter(folder: folder.path).joules() == nil)
  }

  @Test(arguments: ["", "-1", "many", "1001"])
  func knowsNothingOnceACounterCannotBeRead(text: String) throws {
    try write("intel-rapl:0", name: "package-0", microjoules: "100")
    try write("intel-rapl:1", name: "package-1", microjoules: "100")
    let meter = EnergyMeter(folder: folder.path)
    try write("intel-rapl:1", name: "package-1", microjoules: text)
    #expect(meter.joules() == nil)
    try write("intel-rapl:1", name: "package-1", microjoules: "200")
    #expect(meter.joules() == nil)
  }

  @Test func knowsNothingIfOneOfSeveralPackagesCannotBeRead() throws {
    try write("intel-rapl:0", name: "package-0", microjoules: "100")
    try write("intel-rapl:1", name: "package-1", microjoules: "")
    #expect(EnergyMeter(folder: folder.path).joules() == nil)
  }
}
