import Configuration
import Foundation
import Synchronization
import TestKit
import Testing

/// Every file of the project is written this way.
@Suite struct AtomicFileTests {
  private static let leftover = ".aesm2-partial-0123456789abcdef"

  private func contents(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private func text(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

  private func write(_ text: String, to url: URL) throws {
    try AtomicFile.write(url.path, bytes: text.utf8)
  }

  @Test func replacesAFileAndKeepsItsMode() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "file")
      try write("one", to: file)
      chmod(file.path, 0o640)
      try write("two", to: file)
      #expect(try text(file) == "two")
      #expect(fileStatus(file.path).map { $0.st_mode & 0o7777 } == 0o640)
      #expect(try contents(folder) == ["file"])
    }
  }

  @Test func writesThroughLinksAndLeavesThemAsTheyAre() throws {
    try withTemporaryFolder { folder in
      let files = FileManager.default
      let inner = folder.appending(path: "inner", directoryHint: .isDirectory)
      try files.createDirectory(at: inner, withIntermediateDirectories: true)
      for (link, target) in [
        ("inner/target", "../far"), ("link", "inner/target"), ("dangling", "inner/new"),
      ] {
        try files.createSymbolicLink(
          atPath: folder.appending(path: link).path, withDestinationPath: target)
      }
      try write("old", to: folder.appending(path: "far"))
      try write("one", to: folder.appending(path: "link"))
      try write("two", to: folder.appending(path: "dangling"))
      #expect(try text(folder.appending(path: "far")) == "one")
      #expect(try text(folder.appending(path: "inner/new")) == "two")
      #expect(try contents(folder) == ["dangling", "far", "inner", "link"])
      #expect(try contents(inner) == ["new", "target"])
      #expect(
        try files.destinationOfSymbolicLink(atPath: folder.appending(path: "link").path)
          == "inner/target")
    }
  }

  @Test func linksThatGoRoundAreNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "a").path
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "a")
      let error = #expect(throws: Diagnostic.self) { try AtomicFile.write(path, bytes: [1]) }
      #expect(error?.systemFailure == .init(target: path, code: ELOOP))
    }
  }

  @Test func aPipeGetsTheBytesAndStaysAPipe() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "pipe").path
      #expect(mkfifo(path, 0o600) == 0)
      let received = Mutex(Data())
      let isDone = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        let data = (try? FileHandle(forReadingAtPath: path)?.readToEnd()) ?? Data()
        received.withLock { $0 = data }
        isDone.signal()
      }
      try AtomicFile.write(path, bytes: [UInt8](repeating: 7, count: 200_000))
      isDone.wait()
      #expect(received.withLock { $0 } == Data(repeating: 7, count: 200_000))
      #expect(fileStatus(path, followingLinks: false).map { $0.st_mode & S_IFMT } == S_IFIFO)
      #expect(try contents(folder) == ["pipe"])
    }
  }

  @Test func aFailureLeavesTheOldFileAndNothingElse() throws {
    struct Failure: Error {}
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "file")
      try write("old", to: file)
      for path in [file.path, folder.appending(path: "new").path] {
        #expect(throws: Failure.self) {
          try AtomicFile.write(path) { append in
            try [UInt8](repeating: 1, count: 1000).withUnsafeBytes(append)
            throw Failure()
          }
        }
      }
      #expect(try text(file) == "old")
      #expect(try contents(folder) == ["file"])
      let error = #expect(throws: Diagnostic.self) { try write("x", to: folder) }
      #expect(error?.description == "cannot write '\(folder.path)': it is a folder, not a file")
      for read in [AtomicFile.read, AtomicFile.map] {
        let error = #expect(throws: Diagnostic.self) { _ = try read(folder.path) }
        #expect(error?.description == "cannot read '\(folder.path)': it is a folder, not a file")
      }
    }
  }

  @Test func aLinkInThePlaceOfATemporaryFileIsNotFollowed() throws {
    try withTemporaryFolder { folder in
      let victim = folder.appending(path: "victim")
      try write("mine", to: victim)
      for name in ["file.partial", Self.leftover] {
        try FileManager.default.createSymbolicLink(
          atPath: folder.appending(path: name).path, withDestinationPath: victim.path)
      }
      try write("text", to: folder.appending(path: "file"))
      #expect(try text(victim) == "mine")
      #expect(try text(folder.appending(path: "file")) == "text")
    }
  }

  @Test func manyWritersOfOneFileAllSucceed() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "file").path
      let failures = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 16) { writer in
        for _ in 0..<50 {
          do {
            try AtomicFile.write(path, bytes: [UInt8](repeating: UInt8(writer), count: 10_000))
          } catch {
            failures.withLock { $0.append("\(error)") }
          }
        }
      }
      #expect(failures.withLock { $0 } == [])
      let bytes = try AtomicFile.read(path)
      #expect(bytes.count == 10_000 && Set(bytes).count == 1)
      #expect(try contents(folder) == ["file"])
    }
  }

  @Test func whatDeadWritersLeftIsRemovedAndWhatLivingOnesHoldStays() throws {
    try withTemporaryFolder { folder in
      let files = FileManager.default
      try write("half", to: folder.appending(path: Self.leftover))
      try files.createDirectory(
        at: folder.appending(path: ".aesm2-partial-00000000000000ff/train"),
        withIntermediateDirectories: true)
      let held = folder.appending(path: ".aesm2-partial-fedcba9876543210")
      try write("living", to: held)
      let descriptor = open(held.path, O_RDONLY | O_CLOEXEC)
      defer { close(descriptor) }
      #expect(flock(descriptor, LOCK_EX) == 0)
      let others = [".aesm2-partial-0123", ".aesm2-partial-0123456789abcdeg", "file.partial"]
      for name in others { try write("other", to: folder.appending(path: name)) }
      let partial = try PartialFolder(for: folder.appending(path: "cache").path)
      try write("text", to: folder.appending(path: "file"))
      #expect(
        try Set(contents(folder))
          == Set(others + [held.lastPathComponent, "file"] + [folderName(partial.path)]))
    }
  }

  private func folderName(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }
}

@Suite struct PartialFolderTests {
  @Test func takesThePlaceOfAnotherFolderOnlyWhereThatIsAskedFor() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "deep/target").path
      for text in ["one", "two"] {
        let partial = try PartialFolder(for: path)
        try AtomicFile.write(partial.path + "/file", bytes: text.utf8)
        try partial.publish(replacing: true)
        #expect(try AtomicFile.read(path + "/file") == Data(text.utf8))
      }
      do {
        let partial = try PartialFolder(for: path)
        let error = #expect(throws: Diagnostic.self) { try partial.publish(replacing: false) }
        #expect([ENOTEMPTY, EEXIST].contains(error?.systemFailure?.code))
      }
      #expect(try AtomicFile.read(path + "/file") == Data("two".utf8))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path + "/deep") == ["target"])
    }
  }
}
