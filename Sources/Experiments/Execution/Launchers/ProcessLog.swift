import Foundation

/// The cause of an abnormal exit, according to the output of the process.
struct ProcessLog {
  private static let beginSize = 1 << 18
  private static let endSize = 2000
  private static let lineLimit = 300

  private let begin: [Substring]
  private let end: [Substring]

  /// Reads the beginning and the end of a file; an unreadable file counts as empty.
  init(contentsOf path: String) {
    guard let file = FileHandle(forReadingAtPath: path) else {
      begin = []
      end = []
      return
    }
    defer { try? file.close() }
    func lines(_ count: Int) -> [Substring] {
      let data = (try? file.read(upToCount: count)) ?? nil
      return String(decoding: data ?? Data(), as: UTF8.self).split(whereSeparator: \.isNewline)
    }
    begin = lines(Self.beginSize)
    let size = (try? file.seekToEnd()) ?? 0
    try? file.seek(toOffset: size - min(size, UInt64(Self.endSize)))
    end = lines(Self.endSize)
  }

  /// The cause of a crash: the message of a fatal error; failing that, the trace's description of
  /// the crash and its innermost frame; failing that, the last lines.
  var causeOfCrash: String {
    if let fatal = begin.first(where: { $0.lowercased().contains("fatal error:") }) {
      return Self.short(fatal)
    }
    guard let crash = begin.firstIndex(where: { $0.contains("Program crashed:") }) else {
      return lastLines
    }
    let trace = begin[crash...]
    let thread = trace.firstIndex { $0.hasPrefix("Thread ") && $0.hasSuffix("crashed:") }
    let frame = thread.flatMap { trace[$0...].dropFirst().first { $0.contains(" in ") } }
    return [trace[crash], frame].compactMap { $0.map(Self.short) }.joined(separator: " | ")
  }

  /// The last lines, at most eight.
  var lastLines: String { end.suffix(8).map(Self.short).joined(separator: " | ") }

  /// The last line; empty if there is none.
  var lastLine: String { end.last.map(Self.short) ?? "" }

  private static func short(_ line: Substring) -> String {
    let line = line.trimmingCharacters(in: .whitespaces)
    return line.count > lineLimit ? line.prefix(lineLimit) + "…" : line
  }
}
