import Foundation
import Testing

/// Full disks and missing permissions: a sentence, and what was there stays.
@Suite struct FileSystemFailureTests {
  private static let isRoot = geteuid() == 0

  @Test func outputThatCannotBeWritten() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure("predict run --data data --split test --output nowhere/p.npy")
          == "1 aesm2: cannot write 'nowhere/p.npy': No such file or directory")
      try workshop.write("", to: "file")
      #expect(
        try workshop.failure("data import schema.yaml --files files --output file/new")
          .hasPrefix("1 aesm2: cannot create the folder "))
      #expect(
        try workshop.failure("train --data data --model mmoe --run-dir file/new")
          .hasPrefix("1 aesm2: cannot create the folder "))
      #expect(
        try workshop.failure("sweep experiment.yaml --store file")
          .hasPrefix("1 aesm2: cannot create the folder "))
    }
  }

  @Test(.enabled(if: !isRoot, "root may write anywhere"))
  func folderWithoutPermission() throws {
    try Workshop.with { workshop throws in
      try workshop.write("", to: "locked/file")
      chmod(workshop["locked"].path, 0o555)
      defer { chmod(workshop["locked"].path, 0o755) }
      #expect(
        try workshop.failure("predict run --data data --split test --output locked/p.npy")
          == "1 aesm2: cannot write 'locked/p.npy': Permission denied")
      chmod(workshop["files/log.csv"].path, 0)
      #expect(
        try workshop.failure("data import schema.yaml --files files --output new")
          .contains("log.csv: Permission denied"))
    }
  }

  @Test(.enabled(if: TinyDisk.canBeMounted, "only root may mount a small file system"))
  func fullDiskLosesNothing() throws {
    try Workshop.with { workshop throws in
      let disk = try TinyDisk(at: workshop["disk"], kilobytes: 256)
      defer { disk.unmount() }
      let training =
        "train --data data --model shared-bottom --set epochs=4 --set batchSize=16 "
        + "--checkpoint-seconds 0"
      #expect(
        try workshop.failure("\(training) --run-dir disk/run")
          == "1 aesm2: cannot write 'disk/run/checkpoint.safetensors': No space left on device")
      let names = try FileManager.default.contentsOfDirectory(atPath: workshop["disk/run"].path)
      #expect(!names.contains { $0.contains("partial") }, "\(names)")
      try disk.resize(kilobytes: 4096)
      #expect(try workshop.tool("\(training) --run-dir whole").status == 0)
      #expect(try workshop.tool("\(training) --run-dir disk/run --resume").status == 0)
      #expect(
        try workshop.bytes("disk/run/weights.safetensors")
          == workshop.bytes("whole/weights.safetensors"))

      try FileManager.default.removeItem(at: workshop["disk/run"])
      try disk.resize(kilobytes: 256)
      let importing = try workshop.failure(
        "data synth entrance-card --rows 20000 --set ctrMultiplier=2 --set ctcvrMultiplier=2 "
          + "--output disk/data")
      #expect(importing.hasPrefix("1 aesm2: train split: cannot write 'disk/"), "\(importing)")
      #expect(importing.hasSuffix("No space left on device"), "\(importing)")
      #expect(!workshop.has("disk/data"))
    }
  }

  @Test func stoppedRunContinuesWhereItStood() throws {
    try Workshop.with { workshop throws in
      let training =
        "train --data data --model shared-bottom --set epochs=40 --set patience=0 --set batchSize=8 "
        + "--checkpoint-seconds 0"
      #expect(try workshop.tool("\(training) --run-dir whole").status == 0)
      let stopped = try KilledRun.start("\(training) --run-dir part", in: workshop)
      stopped.waitFor("part/checkpoint.safetensors", in: workshop)
      stopped.kill(SIGTERM)
      #expect(stopped.process.terminationStatus == 143)
      #expect(
        try String(contentsOf: workshop["killed.error"], encoding: .utf8)
          .hasSuffix(
            "aesm2: stopped with a checkpoint; to go on: aesm2 train --data data --run-dir part "
              + "--resume\n"))
      #expect(
        try workshop.tool("train --data data --run-dir part --resume").status == 0)
      #expect(
        try workshop.bytes("part/weights.safetensors")
          == workshop.bytes("whole/weights.safetensors"))
    }
  }
}

/// A file system of a few pages in memory.
private struct TinyDisk {
  static let canBeMounted: Bool = {
    guard geteuid() == 0 else { return false }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("aesm2-disk-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    guard let disk = try? TinyDisk(at: folder, kilobytes: 64) else { return false }
    disk.unmount()
    return true
  }()

  private let url: URL

  init(at url: URL, kilobytes: Int) throws {
    self.url = url
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    guard
      try Self.run("mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", url.path]) == 0
    else { throw CocoaError(.fileWriteUnknown) }
  }

  func resize(kilobytes: Int) throws {
    _ = try Self.run("mount", ["-o", "remount,size=\(kilobytes)k", url.path])
  }

  func unmount() { _ = try? Self.run("umount", [url.path]) }

  private static func run(_ command: String, _ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [command] + arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
