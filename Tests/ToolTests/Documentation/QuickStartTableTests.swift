import Foundation
import TestKit
import Testing

@Suite struct QuickStartTableTests {
  @Test func theTableOfTheReadmeIsThatOfTheCommittedRecords() throws {
    func text(_ name: String) throws -> String {
      try String(contentsOf: DataFolder.packageRoot.appending(path: name), encoding: .utf8)
    }
    let parts = try text("README.md").components(separatedBy: "<!-- quickstart: ")
    #expect(parts.count == 3)
    let shown = parts[1].split(separator: "\n").dropFirst().map { String($0) }
    let table = try text("results/quickstart/table.md").split(separator: "\n").map(String.init)
    let heading = try #require(shown.first)
    let first = try #require(table.firstIndex(of: heading))
    #expect(shown.count > 4)
    #expect(Array(table[first...].prefix(shown.count)) == shown)
    #expect(table[first + shown.count].hasPrefix("#"))
  }
}
