import TensorCore

/// Draws search pages: a leaf, page features, and the features of every impression on the page.
struct PageSampler: Sendable {
  private let world: SyntheticWorld
  private let page: SideSampler
  private let impression: SideSampler
  private let cumulativeShares: [Double]
  private let pageCenters: [SIMD8<Float>]
  private let impressionCenters: [SIMD8<Float>]

  /// The influence of a page's factors on the factors of its impressions.
  private static let pageInfluence: Float = 0.3

  /// The spread of the scenarios' mean factors (standard deviation of each factor).
  private static let scenarioShift = 0.3

  /// Draws the feature distributions of a world.
  init(_ world: SyntheticWorld, from streams: RandomStreams) {
    self.world = world
    page = SideSampler(world.page, named: "page", from: streams)
    impression = SideSampler(world.impression, named: "impression", from: streams)
    cumulativeShares = world.traffic.reduce(into: []) { sums, traffic in
      sums.append((sums.last ?? 0) + traffic.share)
    }
    func centers(_ side: String) -> [SIMD8<Float>] {
      var stream = streams["features/\(side)/centers"]
      return world.traffic.map { _ in
        var center = SIMD8<Float>.zero
        for factor in 0..<8 { center[factor] = Float(Self.scenarioShift * stream.normal()) }
        return center
      }
    }
    pageCenters = centers("page")
    impressionCenters = centers("impression")
  }

  /// Draws the leaf of a page according to the shares of impressions.
  func drawLeaf(from stream: inout RandomStream) -> Int {
    let position = stream.uniform()
    return cumulativeShares.firstIndex { position < $0 } ?? cumulativeShares.count - 1
  }

  /// Draws the number of impressions on a page.
  func drawPageSize(from stream: inout RandomStream) -> Int {
    world.pageSizes.lowerBound + stream.integer(below: world.pageSizes.count)
  }

  /// Draws the features shared by all impressions on a page.
  func drawPage(into features: inout SideFeatures, leaf: Int, from stream: inout RandomStream) {
    page.draw(into: &features, center: pageCenters[leaf], leaf: leaf, from: &stream)
  }

  /// Draws one impression on a page.
  func drawImpression(
    into features: inout SideFeatures, on page: SideFeatures, leaf: Int,
    from stream: inout RandomStream
  ) {
    let center = impressionCenters[leaf] + Self.pageInfluence * page.factors
    impression.draw(into: &features, center: center, leaf: leaf, from: &stream)
  }
}
