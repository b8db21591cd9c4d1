import Foundation
import TestKit
import Testing

/// Whole sentences are kept in one list; other tests look for the place and the nearest name.
@Suite struct ErrorSentenceTests {
  static let list = DataFolder.packageRoot.appending(path: "Tests/Fixtures/errors/sentences.txt")
  static let cases = (try? String(contentsOf: list, encoding: .utf8)).map(FaultyInput.cases) ?? []

  @Test func thereAreFaultyInputsOfEveryKind() {
    #expect(Self.cases.count > 90)
    #expect(Set(Self.cases.map(\.command)).count > 40)
  }

  @Test(arguments: cases.indices)
  func faultyInputIsRefusedWithTheSentenceInTheListAndLeavesNothing(index: Int) throws {
    let input = Self.cases[index]
    let (sentence, isUntouched) = try input.outcome()
    #expect(sentence == input.sentence, "\(input.edits.joined(separator: "\n"))\n\(input.command)")
    #expect(isUntouched)
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["AESM2_RECORD"] == "1"))
  func record() throws {
    let old = try String(contentsOf: Self.list, encoding: .utf8)
    var blocks = old.components(separatedBy: "\n\n").map { $0.trimmingCharacters(in: .newlines) }
    for index in blocks.indices {
      guard let input = FaultyInput(block: blocks[index]) else { continue }
      let lines = input.edits + ["$ " + input.command, try input.outcome().sentence]
      blocks[index] = lines.joined(separator: "\n")
    }
    try Data((blocks.joined(separator: "\n\n") + "\n").utf8).write(to: Self.list)
  }
}

/// A block of the list: files made faulty, a command, and what the tool says.
struct FaultyInput {
  let edits: [String]
  let command: String
  let sentence: String

  static func cases(_ text: String) -> [FaultyInput] {
    text.components(separatedBy: "\n\n").compactMap(FaultyInput.init(block:))
  }

  init?(block: String) {
    let lines = block.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    guard let index = lines.firstIndex(where: { $0.hasPrefix("$ ") }) else { return nil }
    edits = Array(lines[..<index])
    command = String(lines[index].dropFirst(2))
    sentence = lines[(index + 1)...].joined(separator: "\n")
  }

  /// Runs the command in a workshop of its own: the exit status with the sentence, and whether nothing
  /// was made that the sentence should have prevented.
  func outcome() throws -> (sentence: String, isUntouched: Bool) {
    try Workshop.with { workshop throws in
      for edit in edits {
        let line = edit.replacing("\\n", with: "\n")
        if let place = line.firstRange(of: " :=") {
          let text = line[place.upperBound...].drop { $0 == " " }
          try workshop.write(String(text), to: String(line[..<place.lowerBound]))
        } else {
          let name = try #require(line.firstRange(of: ": "))
          let arrow = try #require(line.lastRange(of: " ->"))
          try workshop.replace(
            String(line[name.upperBound..<arrow.lowerBound]),
            with: String(line[arrow.upperBound...].drop { $0 == " " }),
            in: String(line[..<name.lowerBound]))
        }
      }
      let sentence = try workshop.failure(command)
      return (sentence, !["r", "d", "new", "runs"].contains { workshop.has($0) })
    }
  }
}

extension String {
  fileprivate func lastRange(of text: String) -> Range<Index>? {
    range(of: text, options: .backwards)
  }
}
