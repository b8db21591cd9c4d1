import Configuration
import ExperimentsTestKit
import Testing

// Internal: UnitCube, SearchDimension.
@testable import Experiments

@Suite struct UnitCubeTests {
  private func cube(_ search: String, settings: String = "{}", model: String = "alpha") throws
    -> UnitCube
  {
    let spec = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: \(model), settings: \(settings)}]\n"
        + "search: {strategy: random, \(search)}")
    return try UnitCube(
      spec.rows[0],
      SearchSpace(model: SettingsSchema(try toyCatalog.entry(model)), training: toyTraining))
  }

  private func dimension(_ key: String, of cube: UnitCube) throws -> SearchDimension {
    try #require(cube.dimensions.first { $0.key == key })
  }

  @Test func numbersAreLaidOutByTheirDistribution() throws {
    let cube = try cube("training: {learningRate: {logUniform: [1.0e-4, 1]}}")
    let rate = try dimension("training/learningRate", of: cube)
    #expect(rate.layout == .continuous)
    for (place, value) in [(0.0, 1e-4), (0.5, 1e-2), (0.75, 1e-1), (1, 1)] {
      let found = try #require(Double(configuration: rate.value(at: place)))
      #expect(abs(found / value - 1) < 1e-12)
      #expect(abs(try #require(rate.place(of: .number(value))) - place) < 1e-12)
    }
    #expect(rate.place(of: .number(1e-9)) == 0)
    #expect(rate.place(of: .number(0)) == 0)
    #expect(rate.place(of: .number(50)) == 1)
  }

  @Test(arguments: ["{uniform: [3, 9]}", "{logUniform: [3, 9]}", "[3, 4, 5, 6, 7, 8, 9]"])
  func wholeNumbersHaveCellsInOrder(space: String) throws {
    let width = try dimension("model/width", of: cube("model: {width: \(space)}"))
    #expect(width.cellCount == 7 && !width.isCategorical)
    for number in 3...9 {
      let place = try #require(width.place(of: .integer(number)))
      #expect(width.value(at: place) == .integer(number))
      let bounds = width.bounds(at: place)
      #expect(width.value(at: bounds.lowerBound) == .integer(number))
      #expect(width.value(at: bounds.upperBound.nextDown) == .integer(number))
      #expect(width.settled(bounds.lowerBound) == place)
    }
    #expect(width.value(at: 0) == .integer(3) && width.value(at: 1) == .integer(9))
  }

  @Test func cellsOfALogarithmicIntervalShrinkWithTheNumber() throws {
    let width = try dimension("model/width", of: cube("model: {width: {logUniform: [1, 8]}}"))
    let lengths = (1...8).compactMap { width.place(of: .integer($0)) }.map {
      width.bounds(at: $0).upperBound - width.bounds(at: $0).lowerBound
    }
    #expect(zip(lengths, lengths.dropFirst()).allSatisfy { $0 > $1 })
    #expect(abs(lengths.reduce(0, +) - 1) < 1e-12)
  }

  @Test func listsOfAnythingElseHaveNoOrder() throws {
    let cube = try cube("model: {gate: [soft, hard], width: [8, 4, 32]}", model: "beta")
    let gate = try dimension("model/gate", of: cube)
    #expect(gate.isCategorical)
    #expect(gate.place(of: .string("hard")) == 0.75 && gate.place(of: .string("none")) == nil)
    #expect(try dimension("model/width", of: cube).isCategorical)
  }

  @Test func fixedSettingsAreNoDimensions() throws {
    let cube = try cube("trials: 3", settings: "{width: 4}")
    #expect(!cube.dimensions.contains { $0.name == "width" })
    #expect(cube.dimensions.contains { $0.name == "strength" })
  }

  private let conditional =
    "model: {width: [4, 8], depth: {values: [1, 2, 3], when: {width: [8]}}}, "
    + "training: {momentum: {uniform: [0.5, 0.9], when: {optimizer: [sgd]}}, optimizer: [adam, sgd]}"

  @Test func aDimensionFollowsThoseThatItDependsOn() throws {
    let keys = try cube(conditional).dimensions.map(\.key)
    func index(_ key: String) throws -> Int { try #require(keys.firstIndex(of: key)) }
    #expect(try index("model/width") < index("model/depth"))
    #expect(try index("training/optimizer") < index("training/momentum"))
  }

  @Test func settingsWhoseConditionsDoNotHoldKeepTheirDefaults() throws {
    let cube = try cube(conditional)
    var point = cube.dimensions.map { _ in 0.9 }
    let all = try cube.trial(1, cube.choices(at: point))
    #expect(all.settings["depth"] == .integer(3) && all.settings["width"] == .integer(8))
    #expect(all.training["momentum"] != .number(0.9))
    #expect(cube.places(of: all).allSatisfy { $0 != nil })

    for (index, dimension) in cube.dimensions.enumerated()
    where ["width", "optimizer"].contains(dimension.name) { point[index] = 0.1 }
    let none = try cube.trial(1, cube.choices(at: point))
    #expect(none.settings["depth"] == .integer(1) && none.training["momentum"] == .number(0.9))
    let missing = zip(cube.dimensions, cube.places(of: none)).filter { $1 == nil }.map(\.0.name)
    #expect(missing == ["depth", "momentum"])
    for (place, expected) in zip(cube.places(at: point), cube.places(of: none)) {
      #expect((place == nil) == (expected == nil))
      #expect(abs((place ?? 0) - (expected ?? 0)) < 1e-12)
    }
  }

  @Test func aConditionOnAFixedSettingHoldsOrNot() throws {
    let search = "model: {depth: {values: [1, 2], when: {width: [4, 64]}}}"
    func depths(_ settings: String) throws -> Set<String> {
      let cube = try cube(search, settings: settings)
      return Set(
        [0.1, 0.9].map { place in
          let choices = cube.choices(at: cube.dimensions.map { _ in place })
          return choices.model["depth"]?.description ?? "default"
        })
    }
    #expect(try depths("{width: 64}") == ["1", "2"])
    #expect(try depths("{width: 16}") == ["default"])
  }

  @Test func theTrialOfAPointLiesAtThePoint() throws {
    let cube = try cube("trials: 3")
    let point = cube.dimensions.map { $0.settled(0.3) }
    let places = cube.places(of: try cube.trial(4, cube.choices(at: point)))
    for (place, expected) in zip(places, point) {
      #expect(abs(try #require(place) - expected) < 1e-12)
    }
  }
}
