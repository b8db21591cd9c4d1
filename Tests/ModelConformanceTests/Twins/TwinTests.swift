import Configuration
import Foundation
import Ranking
import TestKit
import Testing

/// PyTorch, in `Double` and from the papers' equations, judges log-odds, losses and gradients.
@Suite("Every model beside its PyTorch twin")
struct TwinTests {
  /// Models without fixtures, with the reason.
  static let withoutTwin = [
    "alternating-gates": "made up for tests of phases",
    "searched-gates": "made up for tests of phases",
  ]

  static let cases = ConformanceCase.entries.filter { withoutTwin[$0.card.id] == nil }
    .flatMap(TwinCase.all)

  private static let fixtures = Result {
    try Dictionary(
      uniqueKeysWithValues: ConformanceCase.entries.map {
        ($0.card.id, try TwinFixture.all(of: $0.card.id))
      })
  }

  private static func fixture(of twinCase: TwinCase) throws -> TwinFixture {
    guard let fixture = try fixtures.get()[twinCase.entry.card.id]?[twinCase.name] else {
      throw TwinFixture.Failure(
        description: """
          no fixture '\(twinCase.name)' in \(TwinFixture.path(of: twinCase.entry.card.id)): record it as \
          Tests/Fixtures/make/models.py says
          """)
    }
    return fixture
  }

  @Test(arguments: cases)
  func logOddsLossesAndGradientsAreThoseOfTheTwin(_ twinCase: TwinCase) throws {
    let disagreements = try Self.fixture(of: twinCase).disagreements(with: twinCase.result())
    #expect(disagreements.isEmpty, "\(disagreements.prefix(8).joined(separator: "\n"))")
  }

  @Test(arguments: ConformanceCase.entries)
  func everyModelHasATwinOrAReasonForNone(_ entry: CatalogEntry) throws {
    let fixtures = try Self.fixtures.get()[entry.card.id] ?? [:]
    #expect(fixtures.isEmpty == (Self.withoutTwin[entry.card.id] != nil), "\(entry.card.id)")
    let known = Set(TwinCase.all(of: entry).map(\.name))
    #expect(known.isSuperset(of: fixtures.keys), "fixtures of cases that are no more")
  }

  /// A parameter whose gradient is zero in all fixtures would be judged by log-odds alone.
  @Test(arguments: ConformanceCase.entries)
  func everyKindOfParameterHasAGradientInSomeFixture(_ entry: CatalogEntry) throws {
    let gradients = try Self.fixtures.get()[entry.card.id, default: [:]].values
      .flatMap { $0.content.member("parameters").members }
    func kind(_ name: String) -> String {
      name.split(separator: "/").map { Int($0) == nil ? String($0) : "#" }.joined(separator: "/")
    }
    let moved = Set(
      gradients.filter { $0.value.member("gradient").numbers.contains { $0 != 0 } }.map { kind($0.key) })
    let unmoved = Set(gradients.map { kind($0.key) }).subtracting(moved)
    #expect(unmoved.isEmpty, "\(unmoved.sorted())")
  }

  /// Each number of a fixture, changed by one thousandth of its scale.
  @Test func aChangedFixtureIsNoticed() throws {
    let twinCase = try #require(
      Self.cases.first { $0.entry.card.id == "shared-bottom" && $0.name.contains("aitm") })
    let result = try twinCase.result()
    let fixture = try Self.fixture(of: twinCase)
    #expect(fixture.disagreements(with: result).isEmpty)
    let changes = fixture.content.changes { $0 + 1e-3 * max(1, abs($0)) }
      .filter { place, _ in
        ["logits", "losses", "auxiliary", "total"].contains(place[0]) || place.contains("gradient")
      }
    #expect(changes.count > 100)
    for change in changes {
      let changed = TwinFixture(content: change.value)
      #expect(!changed.disagreements(with: result).isEmpty, "\(change.place)")
    }
    for name in result.gradients.keys {
      var other = result
      other.gradients[name] = nil
      #expect(!fixture.disagreements(with: other).isEmpty, "without \(name)")
    }
  }

  /// Writes what the twins read, without results; `models.py` adds them.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["AESM2_RECORD"] == "1"))
  func record() throws {
    let folder = FixtureFolder.url("models")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func write(_ value: ConfigurationValue, _ name: String) throws {
      try Data((value.canonicalJSON + "\n").utf8).write(to: folder.appending(path: name))
    }
    try write(
      .object(
        Dictionary(
          uniqueKeysWithValues: try TwinProblem.all.map { ($0.name, try $0.description()) })),
      "problems.json")
    for entry in ConformanceCase.entries where Self.withoutTwin[entry.card.id] == nil {
      let cases = try TwinCase.all(of: entry).map { try $0.description() }
      try write(.object(["cases": .list(cases)]), entry.card.id + ".json")
    }
  }
}

extension ConfigurationValue {
  /// The value with one of its numbers changed, for every number, and the path of the number.
  fileprivate func changes(
    _ change: (Double) -> Double
  ) -> [(place: [String], value: ConfigurationValue)] {
    switch self {
    case .integer, .number: return [([], .number(change(number)))]
    case .list(let elements):
      return elements.enumerated().flatMap { index, element in
        element.changes(change).map { place, value in
          var copy = elements
          copy[index] = value
          return ([String(index)] + place, .list(copy))
        }
      }
    case .object(let members):
      return members.flatMap { name, member in
        member.changes(change).map { place, value in
          ([name] + place, .object(members.merging([name: value]) { $1 }))
        }
      }
    default: return []
    }
  }
}
