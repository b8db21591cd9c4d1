import Foundation
import TestKit

/// A new folder in which the commands of one page are run in order, as if it were a fresh clone.
///
/// It holds copies of `experiments/` and `results/`, and small files of random flights in
/// `downloads/`. On PATH are `aesm2` itself, and stand-ins: `make` looks a target up without making
/// it, `swift` looks up the suite that `--filter` names.
struct PageFolder {
  let folder: URL

  static func with<Result>(_ body: (PageFolder) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
      let page = PageFolder(folder: folder.resolvingSymlinksInPath())
      try page.furnish()
      return try body(page)
    }
  }

  /// How a script ended, and all that it wrote.
  struct Outcome {
    var status: Int32
    var output: String
  }

  /// Runs lines of a shell until one fails; the output then ends with its number and text.
  func run(_ script: String) throws -> Outcome {
    let file = folder.appendingPathComponent(".script")
    let prelude =
      #"trap 'status=$?; echo "exit status $status of: $BASH_COMMAND" >&2; exit $status' ERR"#
    try write("set -euo pipefail; \(prelude)\n\(script)", to: ".script")
    let log = folder.appendingPathComponent(".log")
    try Data().write(to: log)
    let handle = try FileHandle(forWritingTo: log)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["bash", file.path]
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment
    environment["PATH"] = "\(folder.path)/.bin:\(environment["PATH"] ?? "/usr/bin:/bin")"
    for name in ["MAKEFLAGS", "MAKELEVEL", "COLUMNS"] { environment[name] = nil }
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: try String(contentsOf: log, encoding: .utf8))
  }

  /// Writes a file.
  func write(_ text: String, to name: String) throws {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func furnish() throws {
    let (manager, root) = (FileManager.default, DataFolder.packageRoot)
    try write("", to: "results/.keep")
    try manager.copyItem(
      at: root.appendingPathComponent("experiments"),
      to: folder.appendingPathComponent("experiments"))
    for name in try manager.contentsOfDirectory(atPath: root.appendingPathComponent("results").path)
    where name != "speed" {
      try manager.copyItem(
        at: root.appendingPathComponent("results/\(name)"),
        to: folder.appendingPathComponent("results/\(name)"))
    }
    try write(RandomFlights.houston, to: "downloads/hflights.csv")
    try write(RandomFlights.northwest, to: "downloads/pnwflights14.csv")
    try command(
      "make", #"exec "$(PATH=${PATH#*:} command -v make)" -n -C '\#(root.path)' "$@" > /dev/null"#)
    try command(
      "swift",
      """
      while [ $# -gt 1 ] && [ "$1" != --filter ]; do shift; done
      [ -d '\(root.path)'/Tests/"$2" ] || grep -qrE "struct $2( |$)" '\(root.path)'/Tests
      """)
    try manager.createSymbolicLink(
      at: folder.appendingPathComponent(".bin/aesm2"), withDestinationURL: ToolBinary.url)
  }

  private func command(_ name: String, _ script: String) throws {
    try write("#!/bin/bash\n\(script)\n", to: ".bin/\(name)")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755],
      ofItemAtPath: folder.appendingPathComponent(".bin/\(name)").path)
  }
}

/// Files of the form that `experiments/schemas/us-flights.yaml` reads, with random flights.
enum RandomFlights {
  static let houston = flights(
    header: "Year,Month,DayofMonth,DepTime,ArrTime,UniqueCarrier,FlightNum,TailNum,ArrDelay,"
      + "DepDelay,Origin,Dest,Distance,Cancelled", seed: 1
  ) {
    "2011,\($0.month),\($0.day),\($0.time),1200,\($0.carrier),\($0.flight),N\($0.flight),"
      + "\($0.arrival),\($0.departure),\($0.flight % 2 == 0 ? "IAH" : "HOU"),\($0.dest),300,0"
  }

  static let northwest = flights(
    header: "year,month,day,dep_time,dep_delay,arr_time,arr_delay,carrier,tailnum,flight,origin,"
      + "dest,air_time,distance,hour,minute", seed: 2
  ) {
    "2014,\($0.month),\($0.day),\($0.time),\($0.departure),1200,\($0.arrival),\($0.carrier),"
      + "N\($0.flight),\($0.flight),\($0.flight % 2 == 0 ? "SEA" : "PDX"),\($0.dest),60,500,5,0"
  }

  private struct Flight {
    var (month, day, time, carrier, flight) = (0, 0, 0, "", 0)
    var (departure, arrival, dest) = (0, 0, "")
  }

  private static func flights(header: String, seed: UInt64, _ line: (Flight) -> String) -> String {
    var state = seed
    func draw(_ bound: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % bound)
    }
    var text = header + "\n"
    for row in 0..<1200 {
      let departure = draw(40) - 10
      text +=
        line(
          Flight(
            month: row % 12 + 1, day: row % 28 + 1, time: (6 + draw(16)) * 100 + draw(60),
            carrier: ["AA", "UA", "WN"][draw(3)], flight: 100 + draw(40), departure: departure,
            arrival: departure + draw(20) - 10, dest: ["DEN", "JFK", "LAX"][draw(3)])) + "\n"
    }
    return text
  }
}
