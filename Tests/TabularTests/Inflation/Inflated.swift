import Foundation
import TestKit
import Testing

// Internal: GzipStream, ISAL, OpenFile.
@testable import Tabular

/// What came out of a gzip file, and the sentence with which it ended, if it did.
struct Inflated: Equatable, CustomStringConvertible {
  var bytes: [UInt8] = []
  var sentence: String?

  var description: String { "\(bytes.count) bytes, \(sentence ?? "no error")" }

  /// Reads a file piece by piece, with ISA-L where it is given; FILE stands for its path.
  static func read(
    _ file: [UInt8], by isal: ISAL?, pieces: Int = 1 << 19, in folder: TemporaryFolder
  ) throws -> Inflated {
    let url = folder["t.gz"]
    try Data(file).write(to: url)
    let stream = try GzipStream(OpenFile(path: url.path), isal: isal)
    var result = Inflated()
    var piece = [UInt8](repeating: 0, count: pieces)
    do {
      while true {
        let count = try stream.read(into: &piece, count: pieces)
        if count == 0 { return result }
        result.bytes += piece[..<count]
      }
    } catch {
      result.sentence = error.description.replacing(url.path, with: "FILE")
      return result
    }
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test where the optional library is not installed.
  static var needsISAL: Self {
    .enabled(if: (try? ISAL.shared.get()) != nil, "ISA-L is not installed")
  }
}
