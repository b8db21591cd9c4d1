import Configuration
import Ranking
import Testing

@Suite struct NamePathTests {
  @Test func plainNamesAreJoinedAsTheyAre() {
    #expect(NamePath.text(["north", "airport 1"]) == "north/airport 1")
    #expect(NamePath.text(["Macro"]) == "Macro")
  }

  @Test(arguments: [
    ([""], #""""#), (["a/b", "c"], #""a/b"/c"#), (["a", "b/c"], #"a/"b/c""#),
    (["macro"], #""macro""#), (["pooled", "x"], #""pooled"/x"#),
    ([#"say "hi""#], #""say ""hi""""#),
  ])
  func namesThatCouldBeTakenForSomethingElseAreQuoted(names: [String], text: String) throws {
    #expect(NamePath.text(names) == text)
    let read = try NamePath.names(in: text)
    #expect(read.map(\.name) == names)
  }

  @Test func differentPathsNeverReadAlike() {
    let words = ["a", "/", "\"", "a/", "/a", "\"a\"", "macro", "", "a\"/\"a"]
    let paths = words.map { [$0] } + words.flatMap { first in words.map { [first, $0] } }
    #expect(Set(paths.map(NamePath.text)).count == paths.count)
  }

  @Test func quotesThatAreNotNeededAreAccepted() throws {
    let names = try NamePath.names(in: #""north"/airport"#)
    #expect(names.map(\.name) == ["north", "airport"])
    #expect(names.map(\.isQuoted) == [true, false])
  }

  @Test(arguments: [
    (#""north"#, #"'"north' opens a double quote that is not closed"#),
    (#""a"b/c"#, #"'"a"b/c' has text after a closing quote; only '/' may follow it"#),
  ])
  func brokenQuotesAreRefused(text: String, message: String) {
    let error = #expect(throws: Diagnostic.self) { try NamePath.names(in: text) }
    #expect(error?.description == message)
  }

  @Test func leavesWithSlashesInTheirNamesAreToldApart() {
    let tree = ScenarioTree(
      levels: [
        .init(name: "entrance", values: ["a", "a/b"]), .init(name: "card", values: ["b/c", "c"]),
      ], leaves: [[0, 0], [1, 1]])
    #expect(tree.leafNames == [#"a/"b/c""#, #""a/b"/c"#])
  }
}
