import CZlib
import Foundation
import Tabular
import TensorCore

extension FuzzTarget {
  /// Text is cut into the same cells whatever the size of the pieces, and imported to the same rows
  /// whatever the number of threads.
  static let csv = FuzzTarget(
    name: "csv", form: .text, seeds: { texts.map { Array($0.utf8) } },
    words: [
      "\"", "\"\"", ",", "\n", "\r\n", "\r", ";", "\u{feff}", " ", "\t", "u1", "A", "day", "1e5",
      "|",
      "\"x\ny\"", "\0", "é", "e\u{301}", "\u{2028}",
    ]
  ) { input, _, folder in
    let path = try file(input, "data/log.csv", in: folder)
    for trims in [false, true] {
      let whole = try outcome { try tableText(path: path, trimsSpaces: trims) }
      // What is wrong with a file as a whole is looked for in its first piece only.
      guard case .success = whole, input.count < 20_000 else { continue }
      for chunkSize in [7, 64, 1000] {
        let pieces = try outcome {
          try tableText(path: path, trimsSpaces: trims, chunkSize: chunkSize)
        }
        try require(
          pieces.isEqual(whole), "in pieces of \(chunkSize): \(pieces), but whole: \(whole)")
      }
    }
    guard input.count % 4 == 0 else { return }
    var imports: [Result<String, Finding>] = []
    for threads in [1, 3] {
      Parallelism.use(threadCount: threads)
      imports.append(
        try outcome {
          try SmallCache.importing(from: folder.appending(path: "data"), into: folder).fingerprint
        })
    }
    try require(
      imports[0].isEqual(imports[1]), "by 1 thread \(imports[0]), by 3 threads \(imports[1])")
  }

  /// Compressed text is read as it was, or refused.
  static let gzip = FuzzTarget(
    name: "gzip", form: .binary, seeds: { try texts.map { try compressed(Array($0.utf8)) } },
    words: ["\u{1f}", "\u{8}", "\0\0\0\0"]
  ) { input, seed, folder in
    // Without the two bytes that mark it, a file is plain text.
    guard input.starts(with: seed.prefix(2)) else { return }
    let found = try outcome { try tableText(path: try file(input, "log.csv.gz", in: folder)) }
    guard case .success(let rows) = found else { return }
    // A piece of another file may make it that file, and two members in a row are a gzip file.
    let originals = try texts.map {
      try tableText(path: try file(Array($0.utf8), "seed.csv", in: folder))
    }
    try require(
      originals.contains { rows.starts(with: $0) }, "is read as \(rows.prefix(3)) …")
  }

  private static let texts = [
    SmallCache.csv,
    "user,place,price,day,tags,click\n\"u\"\"1\",\"A\nB\",1.5,3,\"a|b\",1\r\nu2, A ,,7,,0\n",
    "\u{feff}user,place,price,day,tags,click\r\nu1,A,1e3,8,a|a|b,1",
  ]

  private static func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "fuzz-\(UUID().uuidString).gz").path
    defer { unlink(path) }
    guard let file = gzopen(path, "wb") else { throw Finding("cannot write \(path)") }
    gzwrite(file, bytes, UInt32(bytes.count))
    gzclose(file)
    return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}

extension Result where Failure == Finding, Success: Equatable {
  /// Whether both give the same value, or both the same words.
  func isEqual(_ other: Self) -> Bool {
    switch (self, other) {
    case (.success(let value), .success(let otherValue)): value == otherValue
    case (.failure(let error), .failure(let otherError)):
      error.description == otherError.description
    default: false
    }
  }
}

/// Writes a file in a folder and returns its path.
func file(_ bytes: [UInt8], _ name: String, in folder: URL) throws -> String {
  let url = folder.appending(path: name)
  try FileManager.default.createDirectory(
    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(bytes).write(to: url)
  return url.path
}
