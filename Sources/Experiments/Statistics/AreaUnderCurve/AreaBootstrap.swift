import TensorCore

/// The bootstrap of AUCs by clusters of rows, such as users: it includes the chance of which users
/// were in the test set, which training again with other seeds does not.
///
/// A replicate draws as many clusters with replacement as there are, and a row counts as often as its
/// cluster was drawn. Clusters are drawn within the scenario that has most of their rows (the first of
/// several), so every replicate has as many clusters of each scenario as the test set; a cluster keeps
/// all of its rows, in whatever scenario. Models are measured on the same replicates, so the spread of
/// their difference is paired. Source: Field and Welsh, JRSS B 69 (2007), for resampling clusters.
///
/// Replicate r depends on the seed and r alone, so results do not depend on the number of threads.
public struct AreaBootstrap: Sendable {
  /// The areas of one model in the test set or in a replicate of it.
  public struct Areas: Sendable, Equatable {
    /// The area in every scenario; nil where rows have one class.
    public let scenarios: [Double?]
    /// The area on the rows of all scenarios.
    public let pooled: Double?

    /// The mean over the scenarios with both classes.
    public var macro: Double? { Summary(scenarios.compactMap { $0 })?.mean }
  }

  private let labels: [Bool]
  private let scenarios: [Int32]
  private let scenarioCount: Int
  private let clusters: [Int32]
  private let clusterCount: Int
  /// The clusters of every stratum.
  private let strata: [[Int32]]

  /// Creates the bootstrap of some rows.
  ///
  /// - Parameters:
  ///   - labels: The label of every row.
  ///   - scenarios: The scenario of every row.
  ///   - scenarioCount: The number of scenarios.
  ///   - clusters: The cluster of every row, by any numbers; nil if every row is its own.
  /// - Precondition: all have the same number of rows, and scenarios are below their number.
  public init(
    labels: [Bool], scenarios: [Int32], scenarioCount: Int, clusters: [Int32]? = nil
  ) {
    precondition(
      scenarios.count == labels.count && clusters?.count ?? labels.count == labels.count,
      "a scenario and a cluster for every row")
    (self.labels, self.scenarios, self.scenarioCount) = (labels, scenarios, scenarioCount)
    var numbers: [Int32: Int32] = [:]
    let numbered =
      clusters.map { clusters in
        clusters.map { cluster in
          if let known = numbers[cluster] { return known }
          let next = Int32(numbers.count)
          numbers[cluster] = next
          return next
        }
      } ?? labels.indices.map(Int32.init)
    self.clusters = numbered
    clusterCount = clusters == nil ? labels.count : numbers.count
    strata = Self.strata(
      clusters: numbered, clusterCount: clusterCount, scenarios: scenarios,
      scenarioCount: scenarioCount)
  }

  /// Returns the clusters of every scenario that has most of their rows.
  private static func strata(
    clusters: [Int32], clusterCount: Int, scenarios: [Int32], scenarioCount: Int
  ) -> [[Int32]] {
    // The scenarios of the rows of each cluster, one cluster after the other.
    var ends = [Int](repeating: 0, count: clusterCount + 1)
    for cluster in clusters { ends[Int(cluster) + 1] += 1 }
    for cluster in 0..<clusterCount { ends[cluster + 1] += ends[cluster] }
    var places = ends
    var sorted = [Int32](repeating: 0, count: clusters.count)
    for (cluster, scenario) in zip(clusters, scenarios) {
      sorted[places[Int(cluster)]] = scenario
      places[Int(cluster)] += 1
    }
    var strata = [[Int32]](repeating: [], count: scenarioCount)
    var counts = [Int](repeating: 0, count: scenarioCount)
    for cluster in 0..<clusterCount {
      let own = sorted[ends[cluster]..<ends[cluster + 1]]
      for scenario in own { counts[Int(scenario)] += 1 }
      var most = Int(own[own.startIndex])
      for scenario in own {
        let other = Int(scenario)
        if (counts[other], -other) > (counts[most], -most) { most = other }
      }
      strata[most].append(Int32(cluster))
      for scenario in own { counts[Int(scenario)] = 0 }
    }
    return strata
  }

  /// Returns how often every cluster was drawn in a replicate.
  private func weights(replicate: Int, of streams: RandomStreams) -> [UInt32] {
    var stream = streams["statistics/bootstrap/\(replicate)"]
    var weights = [UInt32](repeating: 0, count: clusterCount)
    for stratum in strata {
      for _ in stratum { weights[Int(stratum[stream.integer(below: stratum.count)])] += 1 }
    }
    return weights
  }

  /// Returns the areas of models on the rows themselves.
  ///
  /// - Parameter scores: The scores of every model.
  /// - Precondition: a score for every row; none is NaN.
  public func areas(scores: [[Float]]) -> [Areas] {
    let weights = [UInt32](repeating: 1, count: clusterCount)
    return scores.map { order(of: $0).areas(weights: weights) }
  }

  /// Returns the areas of models in replicates: `[replicate][model]`.
  ///
  /// - Parameters:
  ///   - scores: The scores of every model.
  ///   - count: The number of replicates.
  ///   - seed: The seed of the streams `statistics/bootstrap/0`, `/1`, ….
  /// - Precondition: a score for every row; none is NaN.
  public func replicates(scores: [[Float]], count: Int = 1000, seed: UInt64 = 0) -> [[Areas]] {
    let orders = scores.map(order)
    let streams = RandomStreams(seed: seed)
    return concurrentMap(Array(0..<count)) { replicate in
      let weights = weights(replicate: replicate, of: streams)
      return orders.map { $0.areas(weights: weights) }
    }
  }

  /// Rows in increasing order of a model's score.
  private struct Order: Sendable {
    /// The cluster, scenario and label of every row, in order.
    var clusters: [Int32] = []
    var scenarios: [Int32] = []
    var labels: [Bool] = []
    /// Whether the score differs from that of the row before.
    var isNew: [Bool] = []
    var scenarioCount: Int

    /// Returns the areas with rows counted as often as their clusters, in one pass: counts of pairs
    /// are kept for all rows and for every scenario, and closed at the end of every tie.
    func areas(weights: [UInt32]) -> Areas {
      var counts = [WeightedPairs](repeating: WeightedPairs(), count: scenarioCount + 1)
      var open: [Int] = []
      func close() {
        for place in open { counts[place].closeTie() }
        counts[scenarioCount].closeTie()
        open.removeAll(keepingCapacity: true)
      }
      for row in clusters.indices {
        if isNew[row] { close() }
        let weight = Double(weights[Int(clusters[row])])
        guard weight > 0 else { continue }
        let scenario = Int(scenarios[row])
        if counts[scenario].isTieEmpty { open.append(scenario) }
        counts[scenario].add(weight, isPositive: labels[row])
        counts[scenarioCount].add(weight, isPositive: labels[row])
      }
      close()
      return Areas(
        scenarios: counts.dropLast().map(\.area), pooled: counts[scenarioCount].area)
    }
  }

  private func order(of scores: [Float]) -> Order {
    precondition(scores.count == labels.count, "a score for every row")
    let rows = scores.indices.sorted { scores[$0] < scores[$1] }
    var order = Order(scenarioCount: scenarioCount)
    order.clusters = rows.map { clusters[$0] }
    order.scenarios = rows.map { scenarios[$0] }
    order.labels = rows.map { labels[$0] }
    order.isNew = rows.indices.map { $0 == 0 || scores[rows[$0]] != scores[rows[$0 - 1]] }
    return order
  }
}

/// Pairs of a positive and a negative row with weights, added in increasing order of score; exact
/// while the number of pairs is below 2⁵².
private struct WeightedPairs {
  private var positives = 0.0
  private var negatives = 0.0
  private var tiedPositives = 0.0
  private var tiedNegatives = 0.0
  /// Twice the weight of ordered pairs plus that of tied ones.
  private var doubled = 0.0

  var isTieEmpty: Bool { tiedPositives == 0 && tiedNegatives == 0 }

  mutating func add(_ weight: Double, isPositive: Bool) {
    if isPositive { tiedPositives += weight } else { tiedNegatives += weight }
  }

  mutating func closeTie() {
    doubled += tiedPositives * (2 * negatives + tiedNegatives)
    positives += tiedPositives
    negatives += tiedNegatives
    (tiedPositives, tiedNegatives) = (0, 0)
  }

  var area: Double? {
    positives > 0 && negatives > 0 ? doubled / (2 * positives * negatives) : nil
  }
}
