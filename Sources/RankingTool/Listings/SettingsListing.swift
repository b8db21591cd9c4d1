import Configuration

/// Settings with their defaults, accepted values and search spaces.
struct SettingsListing {
  private let settings: [SettingDeclaration]

  /// Lists the settings of a model.
  init(_ settings: [SettingDeclaration]) { self.settings = settings }

  /// Returns the listing as lines of at most `width` columns.
  func text(width: Int) -> String {
    settings.map { setting in
      let search = setting.search.map { " Search: \($0.words)." } ?? ""
      return wrapped(
        "\(setting.name) = \(setting.defaultValue.description)", width: width, indent: 2,
        hanging: 4) + "\n"
        + wrapped(
          "\(setting.summary) Accepts \(setting.domain).\(search)", width: width, indent: 6)
    }.joined(separator: "\n")
  }

  /// The listing in machine-readable form.
  var value: ConfigurationValue {
    .list(
      settings.map { setting in
        .object([
          "accepted": .string(setting.domain.description), "default": setting.defaultValue,
          "name": .string(setting.name), "search": setting.search?.value ?? .null,
          "summary": .string(setting.summary),
        ])
      })
  }
}

extension SearchDistribution {
  fileprivate var value: ConfigurationValue {
    func pair(_ bounds: ClosedRange<Double>) -> ConfigurationValue {
      [bounds.lowerBound, bounds.upperBound].configuration
    }
    return switch self {
    case .values(let values): .object(["values": .list(values)])
    case .uniform(let bounds): .object(["uniform": pair(bounds)])
    case .logUniform(let bounds): .object(["logUniform": pair(bounds)])
    }
  }
}
