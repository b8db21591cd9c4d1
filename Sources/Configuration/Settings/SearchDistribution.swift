/// The distribution from which a search draws a setting.
public enum SearchDistribution: Sendable, Equatable {
  /// One of several equally likely values. A grid search tries each of them.
  case values([ConfigurationValue])
  /// A number uniform between two bounds.
  case uniform(ClosedRange<Double>)
  /// A number whose logarithm is uniform between the logarithms of two positive bounds.
  case logUniform(ClosedRange<Double>)

  /// The distribution in words.
  package var words: String {
    switch self {
    case .values(let values): values.map(\.description).joined(separator: ", ")
    case .uniform(let bounds): "uniform from \(bounds.lowerBound) to \(bounds.upperBound)"
    case .logUniform(let bounds): "log-uniform from \(bounds.lowerBound) to \(bounds.upperBound)"
    }
  }
}

/// The distribution from which a search draws a ``Setting`` with values of a certain type.
public enum SettingSearch<Value: ConfigurationConvertible>: Sendable {
  /// One of several equally likely values.
  case choice([Value])
  /// A number uniform between two bounds.
  case uniform(ClosedRange<Double>)
  /// A number whose logarithm is uniform between the logarithms of two positive bounds.
  case logUniform(ClosedRange<Double>)

  var distribution: SearchDistribution {
    switch self {
    case .choice(let values): .values(values.map(\.configuration))
    case .uniform(let bounds): .uniform(bounds)
    case .logUniform(let bounds): .logUniform(bounds)
    }
  }
}
