import Testing

@testable import Datasets

@Suite struct DerivationTests {
  /// Computes a column `x` from columns a, b and c, and returns it as text.
  private func column(
    _ derivation: String, a: [String], b: [String] = [], c: [String] = []
  ) throws -> [String] {
    let node = try SchemaNode(yaml: "{name: x, \(derivation)}", file: "t.yaml")
    var frame = Frame(file: "t.csv", lines: a.indices.map { $0 + 2 }, indices: Array(a.indices))
    for (name, cells) in [("a", a), ("b", b), ("c", c)] where !cells.isEmpty {
      var texts = TextColumn()
      for cell in cells { texts.append(cell.utf8) }
      frame.set(name, .texts(texts))
    }
    frame.set("x", try DerivedColumn(node).evaluate(on: frame))
    let texts = try frame.texts("x")
    return a.indices.map { texts.string($0) }
  }

  @Test func differenceMayWrapAround() throws {
    let (a, b) = (["10", "5", ""], ["3", "9", "1"])
    #expect(try column("difference: [a, b]", a: a, b: b) == ["7", "-4", ""])
    #expect(try column("difference: [a, b], modulo: 1440", a: a, b: b) == ["7", "1436", ""])
  }

  @Test func clockTimesBecomeMinutes() throws {
    #expect(
      try column("minute_of_day: a", a: ["1", "59", "100", "1345", "2400", ""])
        == ["1", "59", "60", "825", "1440", ""])
    #expect(
      message { _ = try column("minute_of_day: a", a: ["1261"]) }
        == "t.csv, line 2, column 'a': 1261 cannot be used for 'x', which needs a clock time HHMM")
    #expect(message { _ = try column("minute_of_day: a", a: ["1e300"]) }.contains("line 2"))
  }

  @Test func datesBecomeWeekdaysAndDayNumbers() throws {
    #expect(try column("weekday: a", a: ["20220425", "2022-05-01", ""]) == ["1", "7", ""])
    #expect(
      try column("weekday: [a, b, c]", a: ["2011", "2014"], b: ["1", "12"], c: ["1", "31"])
        == ["6", "3"])
    #expect(try column("day_number: a", a: ["19700102"]) == ["1"])
    #expect(
      message { _ = try column("weekday: a", a: ["20220431"]) }
        == "t.csv, line 2, column 'a': '20220431' is not a date YYYYMMDD")
    #expect(
      message { _ = try column("day_number: [a, b, c]", a: ["2011"], b: ["2"], c: ["29"]) }
        == "t.csv, line 2, column 'c': there is no such date as [2011, 2, 29]")
  }

  @Test func conditionsBecomeLabels() throws {
    #expect(try column("is: {column: a, at_least: 15}", a: ["14.9", "15", ""]) == ["0", "1", ""])
    #expect(try column("is: {column: a, in: [u, v]}", a: ["u", "w", ""]) == ["1", "0", ""])
    #expect(try column("is: {column: a, present: true}", a: ["u", ""]) == ["1", "0"])
    #expect(
      try column(
        "is: [{column: a, below: 3}, {column: b, not_in: [z]}]", a: ["1", "1", "5"],
        b: ["y", "z", "y"])
        == ["1", "0", "0"])
  }

  @Test func numbersFallInBuckets() throws {
    #expect(
      try column("bucket: a, width: 60", a: ["0", "59", "60", "-1", ""]) == [
        "0", "0", "1", "-1", "",
      ])
    #expect(
      try column("bucket: a, edges: [1, 10]", a: ["0", "1", "9.5", "10", ""]) == [
        "0", "1", "1", "2", "",
      ])
    #expect(try column("remainder: a, modulo: 5", a: ["12", "-1", ""]) == ["2", "4", ""])
  }

  @Test func wholeNumbersOf64BitsStayExact() throws {
    let ids = ["9007199254740993", "-9223372036854775808", "18446744073709551615", "1e18", ""]
    #expect(try column("remainder: a, modulo: 10", a: ids) == ["3", "2", "5", "0", ""])
    #expect(
      try column("bucket: a, width: 2", a: ids) == [
        "4503599627370496", "-4611686018427387904", "9223372036854775807", "500000000000000000", "",
      ])
    #expect(
      try column("bucket: a, edges: [9007199254740992, 9007199254740993, 9007199254740994]", a: ids)
        == ["2", "0", "3", "3", ""])
    let (start, end) = (["1650844800000000001", "1"], ["1650844800000000003", "-1"])
    #expect(try column("difference: [b, a]", a: start, b: end) == ["2", "-2"])
    #expect(
      try column("difference: [a, b], modulo: 9007199254740993", a: ["9007199254740995"], b: ["0"])
        == ["2"])
    #expect(
      try column("is: {column: a, at_least: 9007199254740993}", a: ["9007199254740992", ids[0]])
        == ["0", "1"])
    #expect(
      try column("is: {column: a, below: 9007199254740993}", a: ["9007199254740992", ids[0]])
        == ["1", "0"])
    #expect(try column("difference: [a, b]", a: [ids[0]], b: ["0"]) == [ids[0]])
  }

  @Test(arguments: [
    ("remainder: a, modulo: 10", "1e39"),
    ("remainder: a, modulo: 0.3", "9007199254740993"),
    ("bucket: a, width: 0.5", "9007199254740993"), ("difference: [a, b]", "1e39"),
    ("difference: [a, b]", "9007199254740992.5"),
    ("bucket: a, edges: [9007199254740992]", "9007199254740992.5"),
  ])
  func whatCannotBeExactIsAnError(derivation: String, cell: String) {
    let text = message { _ = try column(derivation, a: ["1", cell], b: ["1", "1"]) }
    #expect(text.hasPrefix("t.csv, line 3, column 'a': 'x' cannot be computed from"))
    #expect(text.contains("too many digits to be exact"))
  }

  @Test func boundsThatAreNotExactAreRefused() {
    #expect(
      message { _ = try column("is: {column: a, below: 1e40}", a: ["1"]) }.hasPrefix(
        "t.yaml, line 1: is.below is 1e40, which has too many digits to be exact"))
    #expect(
      message { _ = try column("is: {column: a, below: 0x10}", a: ["1"]) }
        == "t.yaml, line 1: is.below is '0x10', but must be a decimal number")
  }

  @Test func computedNumbersCanBeComputedWithAgain() throws {
    let frame = {
      var frame = Frame(file: "t.csv", lines: [2, 3], indices: [0, 1])
      var numbers = NumberColumn([])
      numbers.append(.real(0.5))
      numbers.append(.whole(9_007_199_254_740_993))
      frame.set("a", .numbers(numbers))
      return frame.selecting([1])
    }()
    let node = try SchemaNode(yaml: "{name: x, remainder: a, modulo: 1000}", file: "t.yaml")
    #expect(try DerivedColumn(node).evaluate(on: frame).numberTexts == ["993"])
  }

  @Test func logarithmNeedsNumbersFromZero() throws {
    #expect(try column("log1p: a", a: ["0", ""]) == ["0", ""])
    #expect(
      message { _ = try column("log1p: a", a: ["1", "-2"]) }
        == "t.csv, line 3, column 'a': -2 cannot be used for 'x', which needs a number from 0")
  }

  @Test func textsAreChosenAndJoined() throws {
    #expect(
      try column("coalesce: [a, b]", a: ["", "x", ""], b: ["1", "2", ""]) == ["1", "x", ""])
    #expect(
      try column("concat: [a, b], with: '-'", a: ["p", "q"], b: ["1", ""]) == ["p-1", "q-"])
  }
}

extension Frame.Column {
  fileprivate var numberTexts: [String?] {
    guard case .numbers(let numbers) = self else { return [] }
    return (0..<numbers.count).map { numbers[$0]?.text }
  }
}
