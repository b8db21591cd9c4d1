import Configuration
import Testing

@Suite("Settings of every model")
struct SettingsTests {
  @Test(arguments: ConformanceCase.defaults)
  func defaultsSurviveTheWayThroughAConfiguration(_ model: ConformanceCase) throws {
    let defaults = try model.entry.resolve([:])
    let all = defaults.merging(model.entry.unstatedDefaults) { $1 }
    #expect(all.count == model.entry.settings.count)
    #expect(defaults.count == all.count - model.entry.unstatedDefaults.count)
    #expect(try model.entry.resolve(all) == defaults)
    for setting in model.entry.settings {
      #expect(all[setting.name] == setting.defaultValue)
    }
  }

  @Test(arguments: ConformanceCase.defaults)
  func aMisspeltSettingIsRefusedWithTheNearestName(_ model: ConformanceCase) throws {
    for setting in model.entry.settings {
      let misspelt = setting.name + "x"
      let error = #expect(throws: Diagnostic.self) {
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
      let error = #expect(throws: Diagnostic.self) {
        try model.entry.resolve([setting.name: .object([:])])
      }
      #expect(error?.place == [setting.name])
      #expect(error?.problem.hasPrefix("must be \(setting.domain), but is ") == true)
    }
  }

  @Test(arguments: ConformanceCase.defaults)
  func aSettingAcceptsWhatItsDomainSaysAndNothingNextToIt(_ model: ConformanceCase) throws {
    for setting in model.entry.settings {
      for value in setting.domain.members { try model.entry.check(value, for: setting.name) }
      for value in setting.domain.strangers {
        let error = #expect(throws: Diagnostic.self, "\(setting.name) \(value)") {
          try model.entry.check(value, for: setting.name)
        }
        let problem = error?.problem ?? ""
        #expect(
          problem.hasPrefix("must be \(setting.domain), but is ")
            || problem.hasPrefix("unknown value '")
            || problem.hasPrefix("unknown hyper-parameter 'noSuchSetting'"), "\(problem)")
      }
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

  @Test(arguments: ["mmoe", "ple", "aesm2"])
  func anExpertWithoutLayersIsRefused(id: String) throws {
    let entry = try catalog.entry(id)
    let error = #expect(throws: Diagnostic.self) {
      try entry.resolve(["expertSizes": .list([])])
    }
    #expect(error?.description.hasPrefix("expertSizes: must be a list of at least 1") == true)
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

extension SettingDomain {
  /// Values that are accepted: the bounds, all names.
  fileprivate var members: [ConfigurationValue] {
    switch self {
    case .flag: [.bool(false), .bool(true)]
    case .wholeNumber(let bounds):
      [.integer(bounds?.lowerBound ?? 0), .integer(bounds?.upperBound ?? 0)]
    case .number(let bounds): [.number(bounds?.lowerBound ?? 0), .number(bounds?.upperBound ?? 0)]
    case .choice(let names): names.map { .string($0) }
    case .text: [.string("auc/macro")]
    case .list(let element, let minimumCount):
      element.members.map { .list(Array(repeating: $0, count: max(minimumCount, 1))) }
    case .record(let members):
      [.object([:])]
        + members.flatMap { member in member.domain.members.map { .object([member.name: $0]) } }
    case .map(let element): element.members.map { .object(["any": $0]) }
    case .method(let methods):
      methods.flatMap { [.string($0.id), .object(["id": .string($0.id)])] }
    }
  }

  /// Values that are not accepted: those next to the bounds, or of another type.
  fileprivate var strangers: [ConfigurationValue] {
    switch self {
    case .flag: [.integer(1)]
    case .wholeNumber(let bounds):
      [.number(1.5)]
        + (bounds.map { [.integer($0.lowerBound - 1), .integer($0.upperBound + 1)] } ?? [])
    case .number(let bounds):
      [.number(.nan)]
        + (bounds.map { [.number($0.lowerBound.nextDown), .number($0.upperBound.nextUp)] } ?? [])
    case .choice(let names): [.string(names.joined()), .bool(true)]
    case .text: [.integer(1)]
    case .list(let element, let minimumCount):
      element.strangers.map { .list(Array(repeating: $0, count: max(minimumCount, 1))) }
        + (minimumCount > 0 ? [.list([])] : [])
    case .record(let members):
      [.object([members.map(\.name).joined() + "x": .bool(true)])]
        + members.flatMap { member in member.domain.strangers.map { .object([member.name: $0]) } }
    case .map(let element): element.strangers.map { .object(["any": $0]) }
    case .method(let methods):
      [.string(methods.map(\.id).joined() + "x"), .object([:])]
        + methods.map { .object(["id": .string($0.id), "noSuchSetting": .integer(1)]) }
    }
  }
}
