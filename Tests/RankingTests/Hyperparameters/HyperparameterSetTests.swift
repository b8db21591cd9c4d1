import Ranking
import Testing

@Suite struct HyperparameterSetTests {
  private struct Inner: HyperparameterSet {
    var towerSizes = [64]
    static let definitions: [HyperparameterDefinition<Self>] = [
      .init("towerSizes", \.towerSizes, "Sizes.", each: 1...512)
    ]
  }

  private struct Outer: HyperparameterSet {
    var expertCount = 8
    var selectedCount = 2
    var rate = 0.5
    var name = "x"
    var inner = Inner()

    static let definitions: [HyperparameterDefinition<Self>] =
      [
        .init(
          "expertCount", \.expertCount, "Experts.", in: 1...256, search: .choice([4, 8, 16])),
        .init("selectedCount", \.selectedCount, "Selected experts.", in: 1...256),
        .init("rate", \.rate, "A rate.", in: 0...0.9, search: .uniform(0...0.9)),
        .init("name", \.name, "A name."),
      ] + Inner.definitions(at: \.inner)

    func validate() throws {
      if selectedCount > expertCount {
        throw ConfigurationError(
          "selectedCount is \(selectedCount), but there are \(expertCount) experts")
      }
    }
  }

  private func message(_ values: [String: ConfigurationValue]) -> String? {
    #expect(throws: ConfigurationError.self) { try Outer(overriding: values) }?.description
  }

  @Test func defaultsRoundTrip() throws {
    let configuration = Outer().configuration
    #expect(configuration.keys.sorted() == Outer.definitions.map(\.name).sorted())
    #expect(try Outer(overriding: configuration) == Outer())
    #expect(try Outer(overriding: [:]) == Outer())
  }

  @Test func givenSettingsAreReplacedAndOthersKept() throws {
    let set = try Outer(overriding: [
      "expertCount": .number(16), "rate": .integer(0), "towerSizes": .list([.integer(3)]),
    ])
    #expect(set.expertCount == 16 && set.rate == 0 && set.inner.towerSizes == [3])
    #expect(set.name == "x" && set.selectedCount == 2)
    #expect(set.configuration["towerSizes"] == .list([.integer(3)]))
  }

  @Test func unknownNameIsRefusedWithTheNearest() {
    #expect(
      message(["expertCuont": .integer(4)])
        == "unknown hyper-parameter 'expertCuont'; did you mean 'expertCount'? "
        + "(known: expertCount, selectedCount, rate, name, towerSizes)")
    #expect(message(["zzzzzzzzz": .null])?.contains("did you mean") == false)
  }

  @Test func wrongTypeIsRefused() {
    #expect(
      message(["expertCount": .string("many")])
        == "expertCount is many, but must be a whole number from 1 to 256")
    #expect(message(["expertCount": .number(1.5)])?.hasPrefix("expertCount is 1.5, but") == true)
    #expect(message(["name": .integer(1)]) == "name is 1, but must be text")
    #expect(message(["rate": .number(.nan)])?.hasPrefix("rate is \"nan\", but must be") == true)
  }

  @Test(arguments: [0, 257, -1])
  func valueOutOfBoundsIsRefused(count: Int) {
    #expect(
      message(["expertCount": .integer(count)])
        == "expertCount is \(count), but must be a whole number from 1 to 256")
  }

  @Test func boundsThemselvesAreAccepted() throws {
    let least = try Outer(overriding: ["expertCount": .integer(1), "selectedCount": .integer(1)])
    #expect(least.expertCount == 1)
    #expect(try Outer(overriding: ["expertCount": .integer(256)]).expertCount == 256)
    #expect(try Outer(overriding: ["rate": .number(0.9)]).rate == 0.9)
  }

  @Test func elementOutOfBoundsIsRefused() {
    #expect(
      message(["towerSizes": .list([.integer(64), .integer(0)])])
        == "towerSizes is [64, 0], but must be a list, each element a whole number from 1 to 512")
  }

  @Test func settingsThatDoNotFitTogetherAreRefused() {
    #expect(
      message(["expertCount": .integer(2), "selectedCount": .integer(3)])
        == "selectedCount is 3, but there are 2 experts")
  }

  @Test func oneValueCanBeCheckedByItself() throws {
    try Outer.check(.integer(100), for: "selectedCount")
    #expect(throws: ConfigurationError.self) { try Outer.check(.integer(0), for: "selectedCount") }
    #expect(throws: ConfigurationError.self) { try Outer.check(.integer(1), for: "selected") }
  }

  @Test func listingShowsNamesDefaultsAndSearch() {
    let settings = Outer.settings
    #expect(settings.map(\.name) == ["expertCount", "selectedCount", "rate", "name", "towerSizes"])
    #expect(settings[0].defaultValue == .integer(8))
    #expect(settings[0].search == .values([.integer(4), .integer(8), .integer(16)]))
    #expect(settings[1].search == nil)
    #expect(settings[2].accepted == "a number from 0.0 to 0.9")
  }
}

/// Settings that configurations leave out at their defaults.
@Suite struct LeftOutSettingTests {
  private struct Inner: HyperparameterSet {
    var late = 1
    static let definitions: [HyperparameterDefinition<Self>] = [
      HyperparameterDefinition("late", \.late, "Came later.", in: 0...9).leftOutAtDefault()
    ]
  }

  private struct Outer: HyperparameterSet {
    var early = 0
    var inner = Inner(late: 3)
    static let definitions: [HyperparameterDefinition<Self>] =
      [.init("early", \.early, "Was there.", in: 0...9)] + Inner.definitions(at: \.inner)
  }

  @Test func defaultIsLeftOut() throws {
    #expect(Outer().configuration == ["early": .integer(0)])
    #expect(try Outer(overriding: ["late": .integer(3)]).configuration == ["early": .integer(0)])
    #expect(try Outer(overriding: ["early": .integer(0)]) == Outer())
    #expect(Outer.unstatedDefaults == ["late": .integer(3)])
  }

  @Test func anotherValueIsStated() throws {
    let changed = try Outer(overriding: ["late": .number(1)])
    #expect(changed.configuration == ["early": .integer(0), "late": .integer(1)])
    #expect(try Outer(overriding: changed.configuration) == changed)
  }

  @Test func listingsShowIt() {
    #expect(Outer.settings.map(\.name) == ["early", "late"])
    #expect(Outer.settings.map(\.defaultValue) == [.integer(0), .integer(3)])
  }
}
