import Configuration
import Foundation
import TensorCore
import TestKit
import Testing

// Internal: FileFormat.
@testable import Training

@Suite struct WeightFileTests {
  @Test func weightsAndBuffersSurviveASaveAndLoad() throws {
    try withTemporaryPath { folder in
      let session = try toySession()
      _ = try session.run()
      try WeightFile.save(session.model, to: folder + "/w", metadata: ["model": "toy \"1\" ü"])
      let fresh = try ToyModel.built(seed: 77)
      #expect(bits(of: fresh) != bits(of: session.model))
      #expect(
        try WeightFile.load(into: fresh, from: folder + "/w")
          == .init(metadata: ["model": "toy \"1\" ü"], isForeign: false))
      #expect(bits(of: fresh) == bits(of: session.model))
    }
  }

  @Test func readsWhatTheReferencePackageWrote() throws {
    let file = try Safetensors(contentsOf: FixtureFolder.path("training/reference.safetensors"))
    #expect(file.metadata == ["note": "größer \"als\" 1"])
    var found: [String: Tensor] = [:]
    for tensor in file.tensors { found[tensor.name] = tensor.value }
    #expect(found.count == 3)
    #expect(found["scalar"]?.shape == [] && found["scalar"]?.values == [2.5])
    #expect(found["layer/weight"]?.shape == [2, 3])
    #expect(found["layer/weight"]?.values == [0, 0.25, 0.5, 0.75, 1, 1.25])
    #expect(found["empty"]?.shape == [0, 4])
  }

  @Test func noChangedByteOfAFileIsAccepted() throws {
    try withTemporaryPath { folder in
      let path = folder + "/w"
      let tensors = [
        NamedTensor(name: "a", value: Tensor([1, 2], shape: [2])),
        NamedTensor(name: "b", value: Tensor([3, 4], shape: [2])),
      ]
      try Safetensors(metadata: FileFormat.weights.marked(["step": "7"]), tensors: tensors)
        .write(to: path)
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      for position in whole.indices {
        for bit in [UInt8(1), 2, 32, 128] {
          var changed = whole
          changed[position] ^= bit
          try changed.write(to: URL(fileURLWithPath: path))
          #expect(
            sentence { _ = try Safetensors(contentsOf: path) } != nil, "\(position) \(bit)")
        }
      }
      for (old, new) in [
        ("\"a\"", "\"c\""), ("step\":\"7", "step\":\"8"), ("sha256", "sha255"),
        ("\"format\"", "\"formau\""), ("aesm2 weights", "aesm2 weighty"),
      ] {
        let text = String(decoding: whole, as: UTF8.self)
        #expect(text.contains(old))
        try Data(text.replacing(old, with: new).utf8).write(to: URL(fileURLWithPath: path))
        #expect(sentence { _ = try Safetensors(contentsOf: path) } != nil, "\(old)")
      }
    }
  }

  @Test func theChecksumIsTheDigestOfTheFileWithItsDigitsAsZeros() throws {
    try withTemporaryPath { folder in
      try WeightFile.save(ToyModel.built(), to: folder + "/w")
      var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/w")))
      let key = Array("\"sha256\":\"".utf8)
      let start = try #require(bytes.firstRange(of: key)).upperBound
      let digits = String(decoding: bytes[start..<start + 64], as: UTF8.self)
      bytes.replaceSubrange(start..<start + 64, with: [UInt8](repeating: 48, count: 64))
      var hash = SHA256()
      bytes.withUnsafeBytes { hash.update($0) }
      #expect(hash.finish() == digits)
    }
  }

  @Test func weightsOfAnotherProgramAreReadAndCalledForeign() throws {
    try withTemporaryPath { folder in
      let path = folder + "/w"
      let session = try toySession()
      _ = try session.run()
      var header: [String] = []
      var body = Data()
      for tensor in session.model.store.tensors {
        let start = body.count
        tensor.value.withUnsafeBufferPointer { body.append(Data(buffer: $0)) }
        header.append(
          "\"\(tensor.name)\": {\"dtype\": \"F32\", \"shape\": \(tensor.value.shape), "
            + "\"data_offsets\": [\(start), \(body.count)]}")
      }
      let text = "{\"__metadata__\": {\"format\": \"pt\"}, \(header.joined(separator: ", "))}"
      let length = withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Data($0) }
      try (length + Data(text.utf8) + body).write(to: URL(fileURLWithPath: path))
      let fresh = try ToyModel.built(seed: 77)
      #expect(
        try WeightFile.load(into: fresh, from: path)
          == .init(metadata: ["format": "pt"], isForeign: true))
      #expect(bits(of: fresh) == bits(of: session.model))
    }
  }

  @Test func aFileOfTheFirstVersionIsRefused() throws {
    try withTemporaryPath { folder in
      let text =
        #"{"__metadata__":{"crc32c":"00000000","format":"aesm2 weights","formatVersion":"1"}}"#
      let length = withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Data($0) }
      try (length + Data(text.utf8)).write(to: URL(fileURLWithPath: folder + "/w"))
      #expect(
        sentence { _ = try Safetensors(contentsOf: folder + "/w") }
          == "\(folder)/w: is of an earlier version, whose checksum does not cover names and "
          + "texts; train again")
    }
  }

  @Test func foreignAndDamagedFilesAreRefusedAndChangeNothing() throws {
    try withTemporaryPath { folder in
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
        (flipped, "is corrupt: its bytes do not have the checksum"),
        (
          try Data(
            contentsOf: URL(fileURLWithPath: FixtureFolder.path("training/reference.safetensors"))),
          "is of another model: it lacks"
        ),
      ]
      let before = bits(of: model)
      for (data, expected) in cases {
        try data.write(to: URL(fileURLWithPath: path))
        let text = try #require(sentence { try WeightFile.load(into: model, from: path) })
        #expect(text.hasPrefix("\(path): \(expected)"), "\(text)")
        #expect(bits(of: model) == before)
      }
    }
  }

  @Test func badHeadersAreRefused() throws {
    try withTemporaryPath { folder in
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
        (#"{"a":"#, 0, "is not a safetensors file: its header: not valid JSON"),
        (#"{"__metadata__":1}"#, 0, "is not a safetensors file: its metadata is not"),
      ]
      for (header, byteCount, expected) in cases {
        var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        data += Data(header.utf8) + Data(count: byteCount)
        try data.write(to: URL(fileURLWithPath: path))
        let text = try #require(sentence { _ = try Safetensors(contentsOf: path) })
        #expect(text.hasPrefix("\(path): \(expected)"), "\(text)")
      }
    }
  }

  @Test func weightsOfAnotherModelAreRefusedByName() throws {
    try withTemporaryPath { folder in
      let path = folder + "/w"
      let model = try ToyModel.built()
      let renamed = model.store.tensors.map {
        NamedTensor(name: $0.name == "output/bias" ? "output/biases" : $0.name, value: $0.value)
      }
      try Safetensors(metadata: FileFormat.weights.marked([:]), tensors: renamed).write(to: path)
      #expect(
        sentence { try WeightFile.load(into: model, from: path) }
          == "\(path): is of another model: it lacks 'output/bias' (nearest: 'output/biases'); "
          + "it has 'output/biases' besides")
      try WeightFile.save(ToyModel.built(["size": .integer(5)]), to: path)
      #expect(
        sentence { try WeightFile.load(into: model, from: path) }
          == "\(path): is of another model: it has 'embedding/table' of shape [80, 5] instead of "
          + "[80, 4], 'output/weight' of shape [12, 2] instead of [10, 2]")
    }
  }

  @Test func anotherFormatVersionIsRefused() throws {
    try withTemporaryPath { folder in
      let path = folder + "/w"
      let model = try ToyModel.built()
      let newer = FileFormat(kind: .weights, version: 3)
      try Safetensors(metadata: newer.marked([:]), tensors: model.store.tensors).write(to: path)
      #expect(
        sentence { try WeightFile.load(into: model, from: path) }
          == "\(path): has format version 3, but this program reads version 2")
    }
  }

  @Test func aCheckpointIsNoWeightFileAndTheOtherWayRound() throws {
    try withTemporaryPath { folder in
      let session = try toySession()
      let policy = CheckpointPolicy(path: folder + "/c")
      try session.save(to: policy)
      #expect(
        sentence { try WeightFile.load(into: session.model, from: policy.path) }
          == "\(policy.path): is a training checkpoint, not a weight file")
      try WeightFile.save(session.model, to: policy.path)
      #expect(
        sentence { try session.resume(from: policy) }
          == "\(policy.path): is a weight file, not a training checkpoint")
    }
  }
}
