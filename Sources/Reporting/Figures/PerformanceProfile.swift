extension LineChart {
  /// Returns a performance profile: for every row, the share of its results above a score, with
  /// its interval, against the score (Agarwal et al., "Deep Reinforcement Learning at the Edge of
  /// the Statistical Precipice", NeurIPS 2021).
  ///
  /// - Parameter profiles: The rows, with points from left to right: x is a score τ, y the share
  ///   of results above it, from 0 to 1.
  package static func performanceProfile(
    title: String, score: String, _ profiles: [Line]
  ) -> LineChart {
    LineChart(
      title: title, xLabel: score, yLabel: "share of results above this score",
      lines: profiles, shape: .steps, yRange: 0...1)
  }
}
