/// Where a search draws a setting from.
public enum SearchDistribution: Sendable, Equatable {
  /// One of some values, all equally likely. A grid search takes each.
  case values([ConfigurationValue])
  /// A number uniform between two bounds.
  case uniform(ClosedRange<Double>)
  /// A number whose logarithm is uniform between the logarithms of two positive bounds.
  case logUniform(ClosedRange<Double>)
}

/// Where a search draws a ``Setting`` from whose values are of a type.
public enum SettingSearch<Value: ConfigurationConvertible>: Sendable {
  /// One of some values, all equally likely.
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
