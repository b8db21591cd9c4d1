import Configuration
import Testing

@Suite struct SettingDomainTests {
  @Test(arguments: [
    (SettingDomain.flag, "true or false"),
    (.wholeNumber(), "a whole number"),
    (.wholeNumber(-1...256), "a whole number from -1 to 256"),
    (.number(), "a number"),
    (.number(1e-8...100), "a number from 1e-08 to 100"),
    (.choice(["flat", "piecewise-linear"]), "one of flat, piecewise-linear"),
    (.text, "text"),
    (.list(.wholeNumber(1...8)), "a list, each element a whole number from 1 to 8"),
    (.list(.number(), minimumCount: 2), "a list of at least 2, each element a number"),
    (.list(.list(.flag)), "a list, each element a list, each element true or false"),
  ])
  func itSaysWhatItAccepts(domain: SettingDomain, words: String) {
    #expect("\(domain)" == words)
  }

  private static let samples: [Sample] = [
    Sample(.flag, [.bool(false)], [.integer(0), .string("false"), .null]),
    Sample(.wholeNumber(), [.integer(-3), .number(3)], [.number(0.5), .string("3")]),
    Sample(
      .wholeNumber(1...4), [.integer(1), .number(4)], [.integer(0), .integer(5), .number(1.5)]),
    Sample(.number(), [.integer(3), .number(-0.5)], [.number(.nan), .number(.infinity), .null]),
    Sample(
      .number(0...0.5), [.integer(0), .number(0.5)], [.number(0.5.nextUp), .number(-1e-300)]),
    Sample(.choice(["a", "b"]), [.string("b")], [.string("c"), .string("A"), .bool(true)]),
    Sample(.text, [.string("")], [.integer(1), .list([])]),
    Sample(
      .list(.wholeNumber(1...4)), [.list([]), .list([.integer(4)])],
      [.integer(4), .list([.null])]),
    Sample(
      .list(.wholeNumber(1...4), minimumCount: 2), [.list([.integer(1), .integer(4)])],
      [.list([.integer(1)]), .list([.integer(1), .integer(5)])]),
  ]

  @Test(arguments: [
    ("fxied", "unknown value 'fxied'; did you mean 'fixed'?"),
    (#"{"id":"weihged"}"#, "id: unknown value 'weihged'; did you mean 'weighed'?"),
    (#"{"id":"weighed","wieght":1}"#, "unknown hyper-parameter 'wieght'; did you mean 'weight'?"),
    (#"{"id":"weighed","weight":8}"#, "weight: must be a number from 0 to 1, but is 8"),
    (
      #"{"id":"weighed","weight":"1"}"#,
      "weight: must be a number from 0 to 1, but is the text '1'"
    ),
    (#"{"id":"fixed","weight":1}"#, "unknown hyper-parameter 'weight' (none exist)"),
    (#"{"weight":1}"#, "must be one of fixed, weighed, alone or as an object of id and settings"),
  ])
  func anObjectIsRefusedByTheMemberThatIsAtFault(json: String, expected: String) throws {
    let value = try json.hasPrefix("{") ? ConfigurationValue(json: json) : .string(json)
    let error = #expect(throws: Diagnostic.self) {
      try Chosen.check(value, for: "method")
    }
    #expect(error?.description.hasPrefix(expected) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: samples)
  private func itAcceptsItsValuesAlone(sample: Sample) {
    for value in sample.accepted { #expect(sample.domain.contains(value), "\(value)") }
    for value in sample.refused { #expect(!sample.domain.contains(value), "\(value)") }
  }
}

private struct Sample: Sendable {
  let domain: SettingDomain
  let accepted: [ConfigurationValue]
  let refused: [ConfigurationValue]

  init(
    _ domain: SettingDomain, _ accepted: [ConfigurationValue], _ refused: [ConfigurationValue]
  ) {
    self.domain = domain
    self.accepted = accepted
    self.refused = refused
  }
}

private struct Weights: HyperparameterSet {
  @Setting("A weight.", in: 0...1)
  var weight = 1.0
}

private struct Chosen: HyperparameterSet {
  @Setting("A method.")
  var method = Choice()

  struct Choice: ConfigurationConvertible {
    var configuration = ConfigurationValue.string("fixed")

    static var domain: SettingDomain {
      .method([
        .init(id: "fixed", settings: []), .init(id: "weighed", settings: Weights.settings),
      ])
    }

    init() {}

    init?(configuration: ConfigurationValue) {
      guard Self.domain.contains(configuration) else { return nil }
      self.configuration = configuration
    }
  }
}
