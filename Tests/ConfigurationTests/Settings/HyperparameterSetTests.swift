import Configuration
import Foundation
import TestKit
import Testing

@Suite struct HyperparameterSetTests {
  private struct Inner: HyperparameterSet {
    @Setting("Sizes.", each: 1...512)
    var towerSizes = [64]
    @Setting("Activation.")
    var activation = Activation.relu

    func validate() throws {
      if towerSizes.count > 3 { throw Diagnostic("there are more than 3 towerSizes") }
    }

    enum Activation: String, ConfigurationChoice { case relu, leakyRelu = "leaky-relu" }
  }

  private struct Outer: HyperparameterSet {
    @Setting("Experts.", in: 1...256, search: .choice([4, 8, 16]))
    var expertCount = 8
    @Setting("Selected experts.", in: 1...256)
    var selectedCount = 2
    var inner = Inner()
    @Setting("A rate.", in: 0...0.9, search: .uniform(0...0.9))
    var rate = 0.5
    @Setting("A name.")
    var name = "x"

    func validate() throws {
      if selectedCount > expertCount {
        throw Diagnostic(
          "selectedCount is \(selectedCount), but there are \(expertCount) experts")
      }
    }
  }

  private func message(_ values: [String: ConfigurationValue]) -> String? {
    #expect(throws: Diagnostic.self) { try Outer(overriding: values) }?.description
  }

  @Test func defaultsRoundTrip() throws {
    let configuration = Outer().configuration
    #expect(configuration.keys.sorted() == Outer.settings.map(\.name).sorted())
    #expect(try Outer(overriding: configuration) == Outer())
    #expect(try Outer(overriding: [:]) == Outer())
  }

  @Test(arguments: [
    [:], ["expertCount": ConfigurationValue.number(16)],
    ["rate": .integer(0), "activation": .string("leaky-relu"), "towerSizes": .list([])],
  ])
  func whatIsResolvedIsTheConfigurationOfTheSet(values: [String: ConfigurationValue]) throws {
    let resolved = try Outer.resolve(values)
    #expect(try Outer(overriding: values).configuration == resolved)
    #expect(resolved.keys.sorted() == Outer.settings.map(\.name).sorted())
  }

  @Test func anAssignedValueIsInTheConfiguration() {
    var set = Outer()
    set.rate = 0.25
    set.inner.activation = .leakyRelu
    #expect(set.configuration["rate"] == .number(0.25))
    #expect(set.configuration["activation"] == .string("leaky-relu"))
    #expect(set != Outer())
    set.rate = 0.5
    set.inner = Inner()
    #expect(set == Outer())
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
        + "(known: expertCount, selectedCount, towerSizes, activation, rate, name)")
    #expect(message(["zzzzzzzzz": .null])?.contains("did you mean") == false)
  }

  @Test func wrongTypeIsRefused() {
    #expect(
      message(["expertCount": .string("many")])
        == "expertCount: must be a whole number from 1 to 256, but is the text 'many'")
    #expect(message(["expertCount": .number(1.5)])?.hasSuffix(", but is 1.5") == true)
    #expect(message(["name": .integer(1)]) == "name: must be text, but is 1")
    #expect(message(["rate": .number(.nan)])?.hasSuffix(", but is \"nan\"") == true)
  }

  @Test(arguments: [0, 257, -1])
  func valueOutOfBoundsIsRefused(count: Int) {
    #expect(
      message(["expertCount": .integer(count)])
        == "expertCount: must be a whole number from 1 to 256, but is \(count)")
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
        == "towerSizes: must be a list, each element a whole number from 1 to 512, but is [64, 0]")
  }

  @Test func settingsThatDoNotFitTogetherAreRefused() {
    #expect(
      message(["expertCount": .integer(2), "selectedCount": .integer(3)])
        == "selectedCount is 3, but there are 2 experts")
  }

  @Test func settingsOfAPartThatDoNotFitTogetherAreRefused() {
    let sizes = ConfigurationValue.list([.integer(1), .integer(2), .integer(3), .integer(4)])
    #expect(message(["towerSizes": sizes]) == "there are more than 3 towerSizes")
    #expect(throws: Diagnostic.self) { try Outer.resolve(["towerSizes": sizes]) }
  }

  @Test func aDecoderOfSomeFormatMakesNoSet() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Inner.self, from: Data(#"{"towerSizes": [0]}"#.utf8))
    }
  }

  @Test func oneValueCanBeCheckedByItself() throws {
    try Outer.check(.integer(100), for: "selectedCount")
    #expect(throws: Diagnostic.self) { try Outer.check(.integer(0), for: "selectedCount") }
    #expect(throws: Diagnostic.self) { try Outer.check(.integer(1), for: "selected") }
  }

  @Test func listingShowsNamesDefaultsAndSearch() {
    let settings = Outer.settings
    #expect(
      settings.map(\.name)
        == ["expertCount", "selectedCount", "towerSizes", "activation", "rate", "name"])
    #expect(settings[0].defaultValue == .integer(8))
    #expect(settings[0].search == .values([.integer(4), .integer(8), .integer(16)]))
    #expect(settings[1].search == nil)
    #expect(settings[2].domain == .list(.wholeNumber(1...512)))
    #expect(settings[3].domain == .choice(["relu", "leaky-relu"]))
    #expect(settings[4].domain == .number(0...0.9))
    #expect(settings[4].summary == "A rate.")
  }
}

/// Settings that configurations leave out at their defaults.
@Suite struct LeftOutSettingTests {
  private struct Inner: HyperparameterSet {
    @Setting("Came later.", in: 0...9, isLeftOutAtDefault: true)
    var late = 1
  }

  private struct Outer: HyperparameterSet {
    @Setting("Was there.", in: 0...9)
    var early = 0
    var inner = Inner(late: 3)
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
