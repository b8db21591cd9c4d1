import Foundation
import TensorCore
import Training

extension FuzzTarget {
  /// A changed file of ours is refused; one without mark and checksum is called foreign.
  static let safetensors = FuzzTarget(
    name: "safetensors", form: .text, seeds: { [try ours(), foreign] },
    words: [
      "\"dtype\":\"F32\"", "\"shape\":[", "\"data_offsets\":[0,", "__metadata__", "\"sha256\":\"",
      "F16", "format", "formatVersion", "aesm2 weights", "[0,4611686018427387904,4]", "\\u0000",
      ":",
    ]
  ) { input, seed, folder in
    let path = try file(input, "w.safetensors", in: folder)
    guard case .success(let found) = try outcome({ try Contents(path) }) else { return }
    if found.isForeign { return }
    let original = try Contents(try file(seed, "seed.safetensors", in: folder))
    try require(found == original, "is read with another content, though not as foreign")
  }

  private struct Contents: Equatable {
    let isForeign: Bool
    let metadata: [String: String]
    let tensors: [String]

    init(_ path: String) throws {
      let file = try Safetensors(contentsOf: path)
      isForeign = file.isForeign
      metadata = file.metadata
      tensors = file.tensors.map {
        "\($0.name) \($0.value.shape) \($0.value.values.map(\.bitPattern))"
      }
    }
  }

  private static func ours() throws -> [UInt8] {
    let url = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try Safetensors(
      metadata: ["format": "aesm2 weights", "formatVersion": "2", "step": "17"],
      tensors: [
        NamedTensor(name: "layer/weight", value: Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])),
        NamedTensor(name: "layer/bias", value: Tensor([-1, .pi], shape: [2])),
        NamedTensor(name: "empty", value: Tensor([], shape: [0, 4])),
      ]
    ).write(to: url.path)
    return Array(try Data(contentsOf: url))
  }

  private static let foreign: [UInt8] = {
    let header =
      #"{"__metadata__":{"note":"x"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"#
    return withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init)
      + Array(header.utf8) + [0, 0, 128, 63, 0, 0, 0, 64]
  }()
}
