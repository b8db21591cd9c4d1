import Foundation
import TestKit
import Testing
import Training

@Suite struct CheckpointFailureTests {
  @Test func checkpointsOfOtherRunsAreRefusedAndChangeNothing() throws {
    try withTemporaryPath { folder in
      let policy = CheckpointPolicy(path: folder + "/c", configurationDigest: "first")
      let session = try toySession()
      _ = try session.run(checkpoints: policy, shouldStop: { session.step == 7 })
      var other = policy
      other.configurationDigest = "second"
      let cases: [(TrainingSession, CheckpointPolicy, String)] = [
        (try toySession(), other, "is of the configuration 'first', not 'second'"),
        (
          try toySession(["learningRate": .number(0.1)]), policy,
          "was made with learningRate 0.05, not 0.1"
        ),
        (try toySession(seed: 2), policy, "was made with seed 1, not 2"),
        (
          try toySession(training: ToyRows(count: 299, seed: 1)), policy,
          "was made with rowCount 300, not 299"
        ),
        (
          try toySession(model: ToyModel.built(["size": .integer(3)])), policy,
          "is of another model: it has 'weights/embedding/table' of shape [80, 4] instead of [80, 3]"
        ),
      ]
      for (session, policy, expected) in cases {
        let before = bits(of: session.model)
        let text = try #require(sentence { try session.resume(from: policy) })
        #expect(text.hasPrefix("\(policy.path): \(expected)"), "\(text)")
        #expect(bits(of: session.model) == before)
        #expect(session.step == 0)
      }
    }
  }

  @Test func damagedProgressIsRefused() throws {
    try withTemporaryPath { folder in
      let policy = CheckpointPolicy(path: folder + "/c")
      let session = try toySession()
      _ = try session.run(checkpoints: policy, shouldStop: { session.step == 7 })
      let good = try Safetensors(contentsOf: policy.path)
      for (old, new, expected) in [
        ("\"step\":7", "\"step\":-7", "is corrupt: its step is -7"),
        (
          "\"step\":7", "\"step\":\"7\"",
          "is corrupt: step: must be a whole number, but is the text '7'"
        ),
        ("\"bestStep\":", "\"best\":", "is corrupt: lacks the key 'bestStep'"),
        ("{", "", "is corrupt: not valid JSON"),
      ] {
        var bad = good
        bad.metadata["progress"] = good.metadata["progress"].map {
          $0.replacingOccurrences(of: old, with: new)
        }
        try bad.write(to: policy.path)
        let text = try #require(sentence { try session.resume(from: policy) })
        #expect(text.hasPrefix("\(policy.path): \(expected)"), "\(text)")
      }
    }
  }

  @Test func aMissingCheckpointIsNamed() throws {
    let policy = CheckpointPolicy(path: "/nonexistent/folder/c")
    #expect(
      sentence { try toySession().resume(from: policy) }
        == "cannot read '/nonexistent/folder/c': No such file or directory")
    #expect(
      sentence { try toySession().save(to: policy) }
        == "cannot write '/nonexistent/folder/c': No such file or directory")
  }

  @Test func aFullDeviceIsNamed() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    try withTemporaryPath { folder in
      let policy = CheckpointPolicy(path: folder + "/c")
      try FileManager.default.createSymbolicLink(
        atPath: policy.path, withDestinationPath: "/dev/full")
      #expect(
        sentence { _ = try toySession().run(checkpoints: policy, shouldStop: { true }) }
          == "cannot write '\(policy.path)': No space left on device")
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: policy.path) == "/dev/full")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["c"])
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/sys/kernel"), "there is no sysfs"))
  func aForbiddenFolderIsNamed() throws {
    let policy = CheckpointPolicy(path: "/sys/kernel/checkpoint")
    let text = try #require(sentence { try toySession().save(to: policy) })
    #expect(
      text == "cannot write '/sys/kernel/checkpoint': Permission denied"
        || text == "cannot write '/sys/kernel/checkpoint': Read-only file system")
  }
}
