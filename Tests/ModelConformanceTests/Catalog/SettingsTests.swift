import Ranking
import Testing

@Suite("Settings of every model")
struct SettingsTests {
  @Test(arguments: ConformanceCase.defaults)
  func defaultsSurviveTheWayThroughAConfiguration(_ model: ConformanceCase) throws {
    let defaults = try model.entry.resolve([:])
    #expect(defaults.count == model.entry.settings.count)
    #expect(try model.entry.resolve(defaults) == defaults)
    for setting in model.entry.settings {
      #expect(defaults[setting.name] == setting.defaultValue)
    }
  }

  @Test(arguments: ConformanceCase.defaults)
  func aMisspeltSettingIsRefusedWithTheNearestName(_ model: ConformanceCase) throws {
    for setting in model.entry.settings {
      let misspelt = setting.name + "x"
      let error = #expect(throws: ConfigurationError.self) {
        try model.entry.resolve([misspelt: setting.defaultValue])
      }
      #expect(
        error?.description.hasPrefix(
          "unknown hyper-parameter '\(misspelt)'; did you mean '\(setting.name)'?") == true,
        "\(String(describing: error))")
    }
  }

  @Test(arguments: ConformanceCase.defaults)
  func aSettingOfAnotherTypeIsRefusedByName(_ model: ConformanceCase) throws {
    for setting in model.entry.settings {
      let error = #expect(throws: ConfigurationError.self) {
        try model.entry.resolve([setting.name: .object([:])])
      }
      #expect(error?.description.hasPrefix("\(setting.name) is ") == true)
      #expect(error?.description.hasSuffix("must be \(setting.accepted)") == true)
    }
  }

  @Test(arguments: ConformanceCase.defaults)
  func everySearchedValueIsAccepted(_ model: ConformanceCase) throws {
    for setting in model.entry.settings {
      for value in setting.search?.samples ?? [] {
        let resolved = try model.entry.resolve([setting.name: value])
        #expect(resolved[setting.name]?.canonicalJSON == value.canonicalJSON)
      }
    }
  }

  @Test(arguments: ConformanceCase.defaults)
  func anExpertWithoutLayersIsRefused(_ model: ConformanceCase) throws {
    guard model.entry.settings.contains(where: { $0.name == "expertSizes" }) else { return }
    let error = #expect(throws: ConfigurationError.self) {
      try model.entry.resolve(["expertSizes": .list([])])
    }
    #expect(error?.description.hasPrefix("expertSizes is [], but must be ") == true)
  }

  @Test(arguments: ConformanceCase.defaults)
  func everySettingSaysWhatItDoesInASentence(_ model: ConformanceCase) {
    for setting in model.entry.settings {
      #expect(setting.summary.hasSuffix("."), "\(setting.name)")
      #expect(setting.summary.first?.isUppercase == true, "\(setting.name)")
    }
  }
}

extension SearchDistribution {
  /// All values of a choice, the bounds of an interval.
  fileprivate var samples: [ConfigurationValue] {
    switch self {
    case .values(let values): values
    case .uniform(let bounds), .logUniform(let bounds):
      [.number(bounds.lowerBound), .number(bounds.upperBound)]
    }
  }
}
