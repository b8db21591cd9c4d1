import Datasets
import Foundation

extension FuzzTarget {
  /// A changed `dataset.json` is refused or means the same; one whose digests are made to fit may
  /// say anything, and no reader traps.
  static let manifest = FuzzTarget(
    name: "manifest", form: .text,
    seeds: { [try SmallCache.bytes(of: "dataset.json")] },
    words: [
      "\"rowCount\"", "\"byteCount\"", "\"files\"", "\"problem\"", "\"leaves\"", "\"values\"",
      "\"vocabularySize\"", "\"ceilings\" : null", "\"name\"", "train", "test", "../../x", ":", ",",
      "\"digest\" : \"", "\"formatVersion\" : 1",
    ]
  ) { input, seed, folder in
    let cache = try SmallCache.written(in: folder, replacing: "dataset.json", by: input)
    if case .success(let found) = try outcome({ try Dataset.open(at: cache).manifest }) {
      let original = try JSONDecoder().decode(DatasetManifest.self, from: Data(seed))
      try require(found == original, "a changed dataset.json is accepted")
    }
    guard var manifest = try? JSONDecoder().decode(DatasetManifest.self, from: Data(input)),
      let fingerprint = try? manifest.computedFingerprint()
    else { return }
    manifest.fingerprint = fingerprint
    try manifest.encoded().write(to: cache.appending(path: "dataset.json"))
    _ = try outcome { try SmallCache.readAll(of: try Dataset.open(at: cache)) }
  }

  /// A changed column file does not pass the digests, and without them no reader traps.
  static let columns = FuzzTarget(
    name: "columns", form: .binary,
    seeds: {
      try SmallCache.files.get().enumerated().filter { $1.name != "dataset.json" }
        .map { [UInt8($0)] + $1.bytes }
    },
    words: ["\0", "\u{1}", "\u{2}"]
  ) { input, _, folder in
    let files = try SmallCache.files.get()
    guard let number = input.first, Int(number) < files.count else { return }
    let (name, original) = files[Int(number)]
    let bytes = Array(input.dropFirst())
    // The lint report is words about the data set, from which nothing follows.
    guard name != "dataset.json", name != "lint.json" else { return }
    let cache = try SmallCache.written(in: folder, replacing: name, by: bytes)
    let verified = try outcome { try Dataset.open(at: cache, verifyingDigests: true).fingerprint }
    if case .success = verified, bytes != original { throw Finding("\(name) passes the digests") }
    _ = try outcome { try SmallCache.readAll(of: try Dataset.open(at: cache)) }
  }
}

extension SmallCache {
  /// The bytes of a file of the cache.
  static func bytes(of name: String) throws -> [UInt8] {
    try files.get().first { $0.name == name }?.bytes ?? []
  }
}
