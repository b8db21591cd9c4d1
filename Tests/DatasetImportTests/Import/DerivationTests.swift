import Configuration
import Tabular
import TestKit
import Testing

// Internal: DerivedColumn.
@testable import DatasetImport

@Suite struct DerivationTests {
  /// Computes a column `x` from columns a, b and c, and returns it as text.
  private func column(
    _ derivation: String, a: [String], b: [String] = [], c: [String] = []
  ) throws -> [String] {
    let node = try YAMLNode(yaml: "{name: x, \(derivation)}", file: "t.yaml")
    var frame = FileFrame(file: "t.csv", lines: a.indices.map { $0 + 2 }, indices: Array(a.indices))
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
      try column("minuteOfDay: a", a: ["1", "59", "100", "1345", "2400", ""])
        == ["1", "59", "60", "825", "1440", ""])
    #expect(
      message { _ = try column("minuteOfDay: a", a: ["1261"]) }
        == "t.csv:2: column 'a': 1261 cannot be used for 'x', which needs a clock time HHMM")
    #expect(message { _ = try column("minuteOfDay: a", a: ["1e300"]) }.hasPrefix("t.csv:2: "))
  }

  @Test func datesBecomeWeekdaysAndDayNumbers() throws {
    #expect(try column("weekday: a", a: ["20220425", "2022-05-01", ""]) == ["1", "7", ""])
    #expect(
      try column("weekday: [a, b, c]", a: ["2011", "2014"], b: ["1", "12"], c: ["1", "31"])
        == ["6", "3"])
    #expect(try column("dayNumber: a", a: ["19700102"]) == ["1"])
    #expect(
      message { _ = try column("weekday: a", a: ["20220431"]) }
        == "t.csv:2: column 'a': '20220431' is not a date YYYYMMDD")
    #expect(
      message { _ = try column("dayNumber: [a, b, c]", a: ["2011"], b: ["2"], c: ["29"]) }
        == "t.csv:2: column 'c': there is no such date as [2011, 2, 29]")
  }

  @Test func conditionsBecomeLabels() throws {
    #expect(try column("is: {column: a, atLeast: 15}", a: ["14.9", "15", ""]) == ["0", "1", ""])
    #expect(try column("is: {column: a, in: [u, v]}", a: ["u", "w", ""]) == ["1", "0", ""])
    #expect(try column("is: {column: a, present: true}", a: ["u", ""]) == ["1", "0"])
    #expect(
      try column(
        "is: [{column: a, below: 3}, {column: b, notIn: [z]}]", a: ["1", "1", "5"],
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
      try column("is: {column: a, atLeast: 9007199254740993}", a: ["9007199254740992", ids[0]])
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
    #expect(text.hasPrefix("t.csv:3: column 'a': 'x' cannot be computed from"))
    #expect(text.contains("too many digits to be exact"))
  }

  @Test func boundsThatAreNotExactAreRefused() {
    #expect(
      message { _ = try column("is: {column: a, below: 1e40}", a: ["1"]) }.hasPrefix(
        "t.yaml:1: is.below: is 1e40, which has too many digits to be exact"))
    #expect(
      message { _ = try column("is: {column: a, below: 0x10}", a: ["1"]) }
        == "t.yaml:1: is.below: must be a decimal number, but is '0x10'")
  }

  @Test func computedNumbersCanBeComputedWithAgain() throws {
    let frame = {
      var frame = FileFrame(file: "t.csv", lines: [2, 3], indices: [0, 1])
      var numbers = NumberColumn([])
      numbers.append(.real(0.5))
      numbers.append(.whole(9_007_199_254_740_993))
      frame.set("a", .numbers(numbers))
      return frame.selecting([1])
    }()
    let node = try YAMLNode(yaml: "{name: x, remainder: a, modulo: 1000}", file: "t.yaml")
    #expect(try DerivedColumn(node).evaluate(on: frame).numberTexts == ["993"])
  }

  @Test func logarithmNeedsNumbersFromZero() throws {
    #expect(try column("log1p: a", a: ["0", ""]) == ["0", ""])
    #expect(
      message { _ = try column("log1p: a", a: ["1", "-2"]) }
        == "t.csv:3: column 'a': -2 cannot be used for 'x', which needs a number from 0")
  }

  @Test func textsAreChosenAndJoined() throws {
    #expect(
      try column("coalesce: [a, b]", a: ["", "x", ""], b: ["1", "2", ""]) == ["1", "x", ""])
    #expect(
      try column("concat: [a, b], with: '-'", a: ["p", "q"], b: ["1", ""]) == ["p-1", "q-"])
  }

  // MARK: - Dates in other forms

  @Test func datesAreReadInAFormat() throws {
    let days = ["0", "18262", ""]
    for (format, cells) in [
      ("%Y-%m-%d", ["1970-01-01", "2020-01-01", ""]),
      ("%d %B %Y", ["1 January 1970", "01 JAN 2020", ""]),
      ("%b %d, %y", ["Jan 1, 70", "january 01, 20", ""]),
      ("%m/%d/%Y %I:%M %p", ["1/1/1970 12:05 AM", "1/1/2020 11:59 pm", ""]),
      ("epoch", ["0", "1577923199", ""]), ("epoch_ms", ["86399999", "1577836800000.5", ""]),
      ("epoch_us", ["1", "1577836800000000", ""]), ("epoch_ns", ["0", "1577836800000000001", ""]),
      ("100%% %Y%m%d", ["100% 19700101", "100% 20200101", ""]),
    ] {
      #expect(try column("dayNumber: a, format: '\(format)'", a: cells) == days)
    }
    #expect(try column("dayNumber: a, format: epoch", a: ["-1"]) == ["-1"])
    #expect(try column("weekday: a, format: '%d-%b-%Y'", a: ["26-Nov-2026"]) == ["4"])
    #expect(try column("month: a, format: '%d-%b-%Y'", a: ["26-Nov-2026"]) == ["11"])
    #expect(try column("month: a", a: ["20240229", "1999-12-31"]) == ["2", "12"])
    #expect(
      try column("minuteOfDay: a, format: '%H:%M:%S'", a: ["00:00:59", "23:59:00", ""])
        == ["0", "1439", ""])
    #expect(
      try column("minuteOfDay: a, format: '%I %p'", a: ["12 AM", "12 PM", "1 PM"])
        == ["0", "720", "780"])
    #expect(
      try column("epochSeconds: a, format: '%Y-%m-%dT%H:%M:%S'", a: ["2020-01-01T00:00:01", ""])
        == ["1577836801", ""])
    #expect(
      try column("epochSeconds: a, format: epoch_ns", a: ["1577836800999999999"]) == ["1577836800"]
    )
  }

  @Test func monthsMayBeNames() throws {
    #expect(
      try column(
        "dayNumber: [a, b, c]", a: ["1970", "1970", "2016"], b: ["January", "feb", "7"],
        c: ["2", "1", "1"]) == ["1", "31", "16983"])
    #expect(
      message { _ = try column("dayNumber: [a, b, c]", a: ["2016"], b: ["Juli"], c: ["1"]) }
        == "t.csv:2: column 'b': 'Juli' is not a month")
  }

  @Test(arguments: [
    ("%Y-%m-%d", "2020-02-30"), ("%Y-%m-%d", "2020-1-1x"), ("%Y-%m-%d", "20-01-01"),
    ("%d %B %Y", "1 Januar 1970"), ("%m/%d/%Y %I:%M %p", "1/1/1970 13:00 PM"),
    ("%m/%d/%Y %H:%M", "1/1/1970 24:00"), ("epoch", "yesterday"), ("epoch", "1e300"),
    ("epoch", "nan"), ("%Y-%m-%d", ""), ("%Y", " 2020"),
  ])
  func otherTextsAreRefusedWithTheLine(format: String, cell: String) throws {
    let derivation = "dayNumber: a, format: '\(format == "%Y" ? "%Y%m%d" : format)'"
    if cell.isEmpty {
      #expect(try column(derivation, a: [cell]) == [""])
    } else {
      #expect(
        message { _ = try column(derivation, a: ["\(cell)"]) }.hasPrefix(
          "t.csv:2: column 'a': '\(cell)' is not a date or time written "))
    }
  }

  @Test func formatsAreChecked() {
    func failure(_ derivation: String) -> String {
      message { _ = try column(derivation, a: ["1"]) }
    }
    #expect(
      failure("dayNumber: a, format: '%Y-%q'")
        == "t.yaml:1: format: must be epoch, epoch_ms, epoch_us, epoch_ns, or a pattern of %Y %y "
        + "%m %b %B %d %H %I %M %S %p, each once at most, but is '%Y-%q'")
    #expect(failure("dayNumber: a, format: '%Y %Y'").contains("each once at most"))
    #expect(failure("dayNumber: a, format: '%H:%M'").hasSuffix("is '%H:%M', which lacks a date"))
    #expect(failure("minuteOfDay: a, format: '%Y%m%d'").hasSuffix("which lacks a time"))
    #expect(failure("epochSeconds: a").hasSuffix("lacks the key 'format'"))
    #expect(
      failure("dayNumber: [a, b, c], format: epoch").hasSuffix(
        "is of three columns, which take no 'format'"))
    #expect(failure("log1p: a, format: epoch").hasSuffix("'format', which 'log1p' does not take"))
  }

  @Test func everyDayHasItsDate() {
    for day in stride(from: -700_000, through: 2_900_000, by: 13) {
      let date = CivilDate.date(day)
      guard (1...9999).contains(date.year) else { continue }
      #expect(CivilDate.days(year: date.year, month: date.month, day: date.day) == day)
    }
  }

  // MARK: - Sums, ratios and maps

  @Test func sumsAndRatios() throws {
    #expect(
      try column(
        "sum: [a, b, c]", a: ["1", "2", ""], b: ["10", "-0.5", "1"], c: ["100", "0", "1"])
        == ["111", "1.5", ""])
    #expect(
      try column("ratio: [a, b]", a: ["1", "3", "5", "", "0"], b: ["2", "0", "", "1", "7"])
        == ["0.5", "", "", "", "0"])
    #expect(
      try column("sum: [a, b]", a: ["9007199254740993"], b: ["1"]) == ["9007199254740994"])
    #expect(
      message { _ = try column("sum: [a, b]", a: ["9e37"], b: ["9e37"]) }.contains(
        "t.csv:2: column 'a'"))
    #expect(
      message { _ = try column("sum: a", a: ["1"]) }.hasSuffix(
        "must be a list of two or more columns"))
    #expect(
      message { _ = try column("ratio: [a]", a: ["1"]) }.hasSuffix("must be a list of two columns"))
    #expect(
      message { _ = try column("sum: [a, b]", a: ["1"], b: ["x"]) }.contains("'x' is not a number"))
  }

  @Test func textsAreMapped() throws {
    let cells = ["1", "2", "", "9"]
    func mapped(_ options: String) throws -> [String] {
      try column("map: a, to: {'1': male, '2': NO}, \(options)", a: cells)
    }
    #expect(try mapped("others: keep") == ["male", "NO", "", "9"])
    #expect(try mapped("others: missing") == ["male", "NO", "", ""])
    #expect(try mapped("default: other") == ["male", "NO", "", "other"])
    #expect(
      try column("map: a, to: {'': none, x: ''}, others: keep", a: ["", "x"]) == ["none", ""])
    for options in ["others: error", "safe: false"] {
      #expect(
        message { _ = try mapped(options) }
          == "t.csv:5: column 'a': '9' is not mapped for 'x' (known: 1, 2); say 'others: keep', "
          + "'others: missing' or give a 'default'")
    }
  }

  @Test func mapsAreChecked() {
    func failure(_ derivation: String) -> String {
      message { _ = try column(derivation, a: ["1"]) }
    }
    #expect(failure("map: a").hasSuffix("lacks the key 'to'"))
    #expect(failure("map: a, to: {}").hasSuffix("to: must map one or more texts"))
    #expect(
      failure("map: a, to: [1, 2]").hasSuffix(
        "to: must be a mapping of keys to values, but is a list"))
    #expect(failure("map: a, to: {'1': [x]}").hasSuffix("to.1: must be text, but is a list"))
    #expect(
      failure("map: a, to: {'1': x}, others: keep, default: y").hasSuffix(
        "has both 'others' and 'default', but must have one at most"))
    #expect(
      failure("map: a, to: {'1': x}, others: drop").hasSuffix(
        "others: must be error, keep or missing, but is 'drop'; 'default' gives a text"))
  }
}

extension FileFrame.Column {
  fileprivate var numberTexts: [String?] {
    guard case .numbers(let numbers) = self else { return [] }
    return (0..<numbers.count).map { numbers[$0]?.text }
  }
}
