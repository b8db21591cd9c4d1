/// Where a search draws a setting from.
public enum SearchDistribution: Sendable, Equatable {
  /// One of some values, all equally likely. A grid search takes each.
  case values([ConfigurationValue])
  /// A number uniform between two bounds.
  case uniform(ClosedRange<Double>)
  /// A number whose logarithm is uniform between the logarithms of two positive bounds.
  case logUniform(ClosedRange<Double>)

  /// One of some values, all equally likely.
  public static func choice<Value: ConfigurationConvertible>(_ values: [Value])
    -> SearchDistribution
  {
    .values(values.map(\.configuration))
  }
}
