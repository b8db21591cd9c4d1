/// Divides runs into bundles that are executed by one task each, several at a time.
struct RunBundles {
  /// The number of runs of a bundle that are executed at a time.
  let concurrency: Int
  /// The seconds that a bundle may take.
  let target: Double

  /// Returns the bundles, in the order of the runs.
  ///
  /// A bundle has at least as many runs as are executed at a time, and more while their predicted
  /// time, divided by that number, is within the target.
  ///
  /// - Parameters:
  ///   - runs: The runs.
  ///   - seconds: Returns the predicted time of a run; nil if nothing is known.
  func callAsFunction<Run>(_ runs: [Run], seconds: (Run) -> Double?) -> [[Run]] {
    var bundles: [[Run]] = []
    var bundle: [Run] = []
    var sum = 0.0
    for run in runs {
      // A run of unknown length may take all of the target.
      let time = seconds(run) ?? target
      if bundle.count >= concurrency, (sum + time) / Double(concurrency) > target {
        bundles.append(bundle)
        (bundle, sum) = ([], 0)
      }
      bundle.append(run)
      sum += time
    }
    return bundle.isEmpty ? bundles : bundles + [bundle]
  }

  /// Returns bundles of a fixed size.
  static func ofSize<Run>(_ size: Int, _ runs: [Run]) -> [[Run]] {
    stride(from: 0, to: runs.count, by: size).map { Array(runs[$0..<min($0 + size, runs.count)]) }
  }
}
