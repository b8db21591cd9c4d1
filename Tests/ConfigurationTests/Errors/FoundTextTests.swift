import Configuration
import Testing

@Suite struct FoundTextTests {
  @Test func whatDoesNotShowIsEscaped() {
    #expect(visibleText("plain, é, 中文, 👍🏽") == "plain, é, 中文, 👍🏽")
    #expect(visibleText("a\u{1b}[31mb\n\r\tc\u{7f}\u{9b}") == #"a\u{1b}[31mb\n\r\tc\u{7f}\u{9b}"#)
    #expect(visibleText("a\u{200b}b\u{a0}c\u{202e}d") == #"a\u{200b}b\u{a0}c\u{202e}d"#)
  }

  @Test func longTextIsCutAndMeasured() {
    let long = String(repeating: "é", count: 1_000_000)
    #expect(excerpt(long) == String(repeating: "é", count: 80) + "… (2000000 bytes)")
    #expect(excerpt(String(repeating: "é", count: 80)) == String(repeating: "é", count: 80))
    #expect(excerpt("abc\n", limit: 3) == "abc… (4 bytes)")
  }

  @Test func namesAndSentencesAreBounded() throws {
    try checkNamesDiffer("scenario", [String(repeating: "é", count: 200)])
    #expect(throws: Diagnostic.self) {
      try checkNamesDiffer("scenario", [String(repeating: "é", count: 201)])
    }
    let sentence = Diagnostic("begin \(String(repeating: "x", count: 9000)) end")
      .description
    #expect(sentence.hasPrefix("begin xxx") && sentence.hasSuffix("xxx end"))
    #expect(sentence.unicodeScalars.count == 4001)
  }

  @Test func noErrorSteersTheTerminal() {
    let error = Diagnostic("bad '\u{1b}]0;x\u{7}'\nline").at("a\rb")
    #expect("\(error)" == #"a\rb: bad '\u{1b}]0;x\u{7}'\nline"#)
  }

  @Test(arguments: [
    ("a", "a "), ("a", " a"), ("a b", "a  b"), ("a b", "a\u{a0}b"), ("ab", "a\u{200b}b"),
    ("ab", "ab\u{ad}"), ("ab", "a\u{1}b"), ("a", "\u{feff}a"), ("é", "é\u{2060}"),
  ])
  func namesThatLookTheSameAreRefused(first: String, second: String) {
    #expect(printedForm(first) == printedForm(second))
    #expect(throws: Diagnostic.self) {
      try checkNamesDiffer("scenario", ["x", first, second])
    }
  }

  @Test func namesThatDifferToTheEyeAreAccepted() throws {
    try checkNamesDiffer("scenario", ["a", "A", "á", "a b", "ab", "a/b", "中", "👍", "👍🏽"])
  }

  @Test func invisibleNamesAreRefusedWithEscapes() {
    let error = #expect(throws: Diagnostic.self) {
      try checkNamesDiffer("task", ["a", "\u{200b} "])
    }
    #expect(
      error?.description
        == #"the task '\u{200b} ' has a name of which nothing is seen when it is printed"#)
  }

  @Test func lookingForTheNearestNameTakesNoTimeHoweverLongTheNames() {
    let long = String(repeating: "x", count: 30_000_000)
    let clock = ContinuousClock()
    let time = clock.measure {
      #expect(nearestName(to: long, among: ["price", long]) == nil)
      #expect(nearestName(to: "prise", among: [long, "price"]) == "price")
      let sentence = Diagnostic.unknown("column", long, accepted: [long, "a"]).description
      #expect(sentence.utf8.count < 500)
    }
    #expect(time < .seconds(5))
  }

  @Test func veryManyKnownNamesAreNotAllListed() {
    let names = (0..<5000).map { "name \($0)" }
    let sentence = Diagnostic.unknown("column", "nothing", accepted: names).description
    #expect(sentence.hasSuffix("name 99, and 4900 more)"))
  }

  @Test(arguments: ["0x10", "0o10", "1_000", "inf", "nan", " 5", "5 ", "1e400", "", "-", "1p3"])
  func otherTextsAreNoDecimals(text: String) { #expect(Double(decimal: text) == nil) }

  @Test func leadingZerosMeanNothing() {
    #expect(Double(decimal: "010") == 10 && Double(decimal: "-007.50") == -7.5)
  }
}
