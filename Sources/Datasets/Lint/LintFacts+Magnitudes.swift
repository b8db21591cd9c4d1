extension LintFacts {
  private static let largestUsualMagnitude: Float = 1e6

  /// Finds numerical features that are so large that they drown all others.
  func magnitudes() -> [LintFinding] {
    problem.numericals.enumerated().compactMap { index, name in
      let largest = ranges.largestMagnitude(ofNumerical: index)
      guard largest > Self.largestUsualMagnitude else { return nil }
      return LintFinding(
        .magnitude, .warning, feature: name, value: Double(largest),
        "feature '\(name)' reaches a magnitude of \(largest) in the train split: numbers above "
          + "\(Self.largestUsualMagnitude) drown all others in a network; scale the feature")
    }
  }
}
