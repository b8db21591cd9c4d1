import Foundation
import Ranking
import TensorCore
import Testing

@testable import Training

@Suite struct WeightFileTests {
  @Test func weightsAndBuffersSurviveASaveAndLoad() throws {
    try withTemporaryFolder { folder in
      let session = try toySession()
      _ = try session.run()
      try WeightFile.save(session.model, to: folder + "/w", metadata: ["model": "toy \"1\" ü"])
      let fresh = try ToyModel.built(seed: 77)
      #expect(bits(of: fresh) != bits(of: session.model))
      #expect(try WeightFile.load(into: fresh, from: folder + "/w") == ["model": "toy \"1\" ü"])
      #expect(bits(of: fresh) == bits(of: session.model))
      #expect(try WeightFile.metadata(of: folder + "/w") == ["model": "toy \"1\" ü"])
    }
  }

  @Test func readsWhatTheReferencePackageWrote() throws {
    let file = try Safetensors(contentsOf: FixtureFile.path("reference.safetensors"))
    #expect(file.metadata == ["note": "größer \"als\" 1"])
    var found: [String: Tensor] = [:]
    for tensor in file.tensors { found[tensor.name] = tensor.value }
    #expect(found.count == 3)
    #expect(found["scalar"]?.shape == [] && found["scalar"]?.values == [2.5])
    #expect(found["layer/weight"]?.shape == [2, 3])
    #expect(found["layer/weight"]?.values == [0, 0.25, 0.5, 0.75, 1, 1.25])
    #expect(found["empty"]?.shape == [0, 4])
  }

  @Test func foreignAndDamagedFilesAreRefusedAndChangeNothing() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w"
      let model = try ToyModel.built()
      try WeightFile.save(model, to: path)
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      var flipped = whole
      flipped[whole.count - 5] ^= 1
      let cases: [(Data, String)] = [
        (Data(), "is not a safetensors file: it has only 0 bytes"),
        (Data("PK\u{3}\u{4} something else".utf8), "is not a safetensors file: it does not begin"),
        (Data("#!/bin/sh\nexit 0\n".utf8), "is not a safetensors file: it does not begin"),
        (whole.prefix(40), "is truncated: its header should have"),
        (whole.dropLast(10), "is truncated: its tensors should have"),
        (whole + Data([0]), "is corrupt: its tensors should have"),
        (flipped, "is corrupt: its tensors do not have the checksum"),
        (
          try Data(contentsOf: URL(fileURLWithPath: FixtureFile.path("reference.safetensors"))),
          "is not a weight file: it was written by another program"
        ),
      ]
      let before = bits(of: model)
      for (data, expected) in cases {
        try data.write(to: URL(fileURLWithPath: path))
        let text = try #require(sentence { try WeightFile.load(into: model, from: path) })
        #expect(text.hasPrefix("'\(path)' \(expected)"), "\(text)")
        #expect(bits(of: model) == before)
      }
    }
  }

  @Test func badHeadersAreRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w"
      let cases = [
        (
          #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#, 2,
          "holds 'a' as F16, but only"
        ),
        (
          #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4,
          "is corrupt: 'a' of shape [2] has 4 bytes instead of 8"
        ),
        (
          #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8,
          "is corrupt: the elements of 'a' do not follow the last"
        ),
        (
          #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4,
          "is corrupt: 'a' has the shape [-1]"
        ),
        (
          #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4,
          "is corrupt: 'a' has the shape"
        ),
        (#"{"a":{"dtype":"F32"}}"#, 0, "is not a safetensors file: its entry for 'a' is not valid"),
        (#"{"a":"#, 0, "is not a safetensors file: its header is not valid JSON"),
        (#"{"__metadata__":1}"#, 0, "is not a safetensors file: its metadata is not"),
      ]
      for (header, byteCount, expected) in cases {
        var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        data += Data(header.utf8) + Data(count: byteCount)
        try data.write(to: URL(fileURLWithPath: path))
        let text = try #require(sentence { _ = try Safetensors(contentsOf: path) })
        #expect(text.hasPrefix("'\(path)' \(expected)"), "\(text)")
      }
    }
  }

  @Test func weightsOfAnotherModelAreRefusedByName() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w"
      let model = try ToyModel.built()
      let renamed = model.store.tensors.map {
        NamedTensor(name: $0.name == "output/bias" ? "output/biases" : $0.name, value: $0.value)
      }
      try Safetensors(metadata: FileFormat.weights.marked([:]), tensors: renamed).write(to: path)
      #expect(
        sentence { try WeightFile.load(into: model, from: path) }
          == "'\(path)' is of another model: it lacks 'output/bias' (nearest: 'output/biases'); "
          + "it has 'output/biases' besides")
      try WeightFile.save(ToyModel.built(["size": .integer(5)]), to: path)
      #expect(
        sentence { try WeightFile.load(into: model, from: path) }
          == "'\(path)' is of another model: it has 'embedding/table' of shape [80, 5] instead of "
          + "[80, 4], 'output/weight' of shape [12, 2] instead of [10, 2]")
    }
  }

  @Test func anotherFormatVersionIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w"
      let model = try ToyModel.built()
      let newer = FileFormat(kind: .weights, version: 2)
      try Safetensors(metadata: newer.marked([:]), tensors: model.store.tensors).write(to: path)
      #expect(
        sentence { try WeightFile.load(into: model, from: path) }
          == "'\(path)' has format version 2, but this program reads version 1")
    }
  }

  @Test func aCheckpointIsNoWeightFileAndTheOtherWayRound() throws {
    try withTemporaryFolder { folder in
      let session = try toySession()
      let policy = CheckpointPolicy(path: folder + "/c")
      try session.save(to: policy)
      #expect(
        sentence { try WeightFile.load(into: session.model, from: policy.path) }
          == "'\(policy.path)' is a training checkpoint, not a weight file")
      try WeightFile.save(session.model, to: policy.path)
      #expect(
        sentence { try session.resume(from: policy) }
          == "'\(policy.path)' is a weight file, not a training checkpoint")
    }
  }
}
