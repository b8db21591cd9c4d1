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
