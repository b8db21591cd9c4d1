import Configuration
import Foundation
import Ranking
import TestKit
import Testing

/// PyTorch, in `Double` and from the papers' equations, judges log-odds, losses and gradients.
@Suite("Every model beside its PyTorch twin")
struct TwinTests {
  private static let entries = ConformanceCase.entries
    .filter { modelsWithoutTwin[$0.card.id] == nil }

  private static let read = Result {
    try Dictionary(uniqueKeysWithValues: entries.map { ($0.card.id, try TwinFixture.all(of: $0)) })
  }

  /// The fixtures of every model; none where ``read`` is an error, which a test reports.
  static let fixtures = (try? read.get()) ?? [:]

  @Test func fixturesCanBeRead() throws {
    _ = try Self.read.get()
  }

  @Test(arguments: entries.flatMap { fixtures[$0.card.id] ?? [] })
  func logOddsLossesAndGradientsAreThoseOfTheTwin(_ fixture: TwinFixture) throws {
    let disagreements = try fixture.disagreements(with: fixture.twinCase.result())
    #expect(disagreements.isEmpty, "\(disagreements.prefix(8).joined(separator: "\n"))")
  }

  @Test(arguments: entries)
  func everySettingThatMattersHasAFixture(_ entry: CatalogEntry) throws {
    let name = entry.card.id
    let judged = Self.fixtures[name, default: []].map { Set($0.twinCase.chosen.keys) }
    try #require(
      !judged.isEmpty,
      """
      '\(name)' has no PyTorch twin: write one in Tests/Fixtures/make/models/ and record its fixtures as \
      Tests/Fixtures/make/models.py says, or give the reason in modelsWithoutTwin
      """)
    for twinCase in TwinCase.all(of: entry) {
      let chosen = Set(twinCase.chosen.keys)
      #expect(judged.contains { $0.isSuperset(of: chosen) }, "\(name): \(twinCase.name)")
    }
  }

  @Test func everyHeadHasAFixture() {
    let heads = Self.fixtures["shared-bottom", default: []]
      .compactMap { $0.twinCase.chosen["head"]?.member("id").text }
    let others = headCatalog.dropFirst().map { $0.card.id }
    #expect(heads.isEmpty || Set(heads) == Set(others))
  }

  @Test func reasonsForNoTwinAreOfModelsWithoutOne() throws {
    for model in modelsWithoutTwin.keys
    where catalog.entries.contains(where: { $0.card.id == model }) {
      #expect(try TwinFixture.all(of: catalog.entry(model)).isEmpty, "\(model)")
    }
  }

  /// A parameter whose gradient is zero in all fixtures would be judged by log-odds alone.
  @Test(arguments: entries.map(\.card.id))
  func everyKindOfParameterHasAGradientInSomeFixture(_ model: String) throws {
    let gradients = Self.fixtures[model, default: []]
      .flatMap { $0.content.member("parameters").members }
    func kind(_ name: String) -> String {
      name.split(separator: "/").map { Int($0) == nil ? String($0) : "#" }.joined(separator: "/")
    }
    let moved = gradients.filter { $0.value.member("gradient").numbers.contains { $0 != 0 } }
    let unmoved = Set(gradients.map { kind($0.key) }).subtracting(moved.map { kind($0.key) })
    #expect(unmoved.isEmpty, "\(unmoved.sorted())")
  }

  /// Each number of a fixture, changed by one thousandth of its scale.
  @Test func aChangedFixtureIsNoticed() throws {
    let fixtures = try TwinFixture.all(of: catalog.entry("shared-bottom"))
    let fixture = try #require(fixtures.first { $0.testDescription.contains("aitm") })
    let result = try fixture.twinCase.result()
    #expect(fixture.disagreements(with: result).isEmpty)
    let changes = fixture.content.changes { $0 + 1e-3 * max(1, abs($0)) }.filter { place, _ in
      ["logits", "losses", "auxiliary", "total"].contains(place[0]) || place.contains("gradient")
    }
    #expect(changes.count > 100)
    for (place, content) in changes {
      let changed = TwinFixture(twinCase: fixture.twinCase, content: content)
      #expect(!changed.disagreements(with: result).isEmpty, "\(place)")
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
    func write(_ content: [String: ConfigurationValue], _ name: String) throws {
      let text = ConfigurationValue.object(content).canonicalJSON + "\n"
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    let problems = try TwinProblem.all.map { ($0.name, try $0.description()) }
    try write(Dictionary(uniqueKeysWithValues: problems), "problems.json")
    for entry in Self.entries {
      let cases = try TwinCase.all(of: entry).map { try $0.description() }
      try write(["cases": .list(cases)], entry.card.id + ".json")
    }
  }
}

extension ConfigurationValue {
  /// The value with one of its numbers changed, for every number, and the path of the number.
  fileprivate func changes(
    _ change: (Double) -> Double
  ) -> [(place: [String], value: ConfigurationValue)] {
    switch self {
    case .integer, .number: [([], .number(change(number)))]
    case .list(let elements):
      elements.enumerated().flatMap { index, element in
        element.changes(change).map { place, value in
          var copy = elements
          copy[index] = value
          return ([String(index)] + place, .list(copy))
        }
      }
    case .object(let members):
      members.flatMap { name, member in
        member.changes(change).map { place, value in
          ([name] + place, .object(members.merging([name: value]) { $1 }))
        }
      }
    default: []
    }
  }
}
