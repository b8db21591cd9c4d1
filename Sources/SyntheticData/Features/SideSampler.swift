import TensorCore

/// The features of one side of one row.
struct SideFeatures {
  var ids: [Int32]
  var bag: [Int32] = []
  var numericals: [Float]
  var factors = SIMD8<Float>.zero

  init(_ side: FeatureSide) {
    ids = [Int32](repeating: 0, count: side.allFields.count)
    numericals = [Float](repeating: 0, count: side.numericals.count)
  }
}

/// Draws the features of one side of an impression.
///
/// Eight latent factors drive all features of a side, so features are correlated. Fields are
/// obtained by binning a mixture of factors and are skewed: low ids are frequent. A side with an
/// identifier has fixed factors, fields and bag for each value; only its numericals vary.
struct SideSampler: Sendable {
  /// The dependence of a feature on the factors: `weights · factors + noise`, with variance 1.
  private struct Loading: Sendable {
    var weights: SIMD8<Float>
    var noise: Float

    /// Draws a loading on about three factors.
    init(from stream: inout RandomStream, noise: ClosedRange<Double>) {
      let share = noise.lowerBound + stream.uniform() * (noise.upperBound - noise.lowerBound)
      var weights = SIMD8<Float>.zero
      for _ in 0..<3 { weights[stream.integer(below: 8)] += Float(stream.normal()) }
      let length = max((weights * weights).sum().squareRoot(), 1e-3)
      self.weights = weights * (Float((1 - share * share).squareRoot()) / length)
      self.noise = Float(share)
    }

    func draw(_ factors: SIMD8<Float>, _ stream: inout RandomStream) -> Float {
      (weights * factors).sum() + noise * stream.bellShaped()
    }
  }

  private let identifierCount: Int?
  private let identifierKey: UInt64
  private let identifierOffset: Int
  private let fields: [(loading: Loading, valueCount: Int, power: Int)]
  private let bag: (loading: Loading, valueCount: Int, maximumSize: Int)?
  private let numericals: [(loading: Loading, shape: NumericalShape)]

  /// Draws the loadings of a side.
  init(_ side: FeatureSide, named name: String, from streams: RandomStreams) {
    var stream = streams["features/\(name)"]
    identifierCount = side.identifier?.valueCount
    identifierKey = streams["features/\(name)/identifiers"].key
    identifierOffset = 1 + (side.identifier?.valueCount ?? 0) / 7
    fields = side.fields.map { field in
      (Loading(from: &stream, noise: 0.3...0.8), field.valueCount, 1 + stream.integer(below: 3))
    }
    bag = side.bag.map {
      (Loading(from: &stream, noise: 0.5...0.8), $0.valueCount, side.maximumBagSize)
    }
    numericals = side.numericals.map { _ in
      (Loading(from: &stream, noise: 0.2...0.9), NumericalShape(from: &stream))
    }
  }

  /// Draws the features of one row.
  ///
  /// - Parameters:
  ///   - center: The mean of the factors; ignored for a side with an identifier.
  ///   - leaf: The leaf scenario; popular identifiers differ between scenarios.
  func draw(
    into features: inout SideFeatures, center: SIMD8<Float>, leaf: Int,
    from stream: inout RandomStream
  ) {
    if let identifierCount {
      let rank = skewed(Float(stream.uniform()), count: identifierCount, power: 2)
      let identifier = (rank + leaf * identifierOffset) % identifierCount
      features.ids[0] = Int32(identifier + 1)
      var own = RandomStream(key: RandomStream.mix(identifierKey &+ UInt64(identifier)))
      drawProfile(into: &features, center: .zero, firstField: 1, from: &own)
    } else {
      drawProfile(into: &features, center: center, firstField: 0, from: &stream)
    }
    let factors = features.factors
    for (index, (loading, shape)) in numericals.enumerated() {
      features.numericals[index] = shape(loading.draw(factors, &stream))
    }
  }

  private func drawProfile(
    into features: inout SideFeatures, center: SIMD8<Float>, firstField: Int,
    from stream: inout RandomStream
  ) {
    var factors = center
    for factor in 0..<8 { factors[factor] += stream.bellShaped() }
    features.factors = factors
    for (index, (loading, valueCount, power)) in fields.enumerated() {
      let quantile = approximateNormalQuantile(loading.draw(factors, &stream))
      let value = skewed(quantile, count: valueCount, power: power)
      features.ids[firstField + index] = Int32(value + 1)
    }
    guard let bag else { return }
    features.bag.removeAll(keepingCapacity: true)
    for _ in 0..<stream.integer(below: bag.maximumSize + 1) {
      let quantile = approximateNormalQuantile(bag.loading.draw(factors, &stream))
      let id = Int32(skewed(quantile, count: bag.valueCount, power: 1) + 1)
      if !features.bag.contains(id) { features.bag.append(id) }
    }
  }

  /// Returns `⌊count · quantile^power⌋`: the higher the power, the more frequent the low values.
  private func skewed(_ quantile: Float, count: Int, power: Int) -> Int {
    var position = quantile
    for _ in 1..<power { position *= quantile }
    return min(count - 1, Int(Float(count) * position))
  }

  /// Returns `1 / (1 + exp(-1.702 z))`, which is within 0.01 of the normal distribution function.
  private func approximateNormalQuantile(_ z: Float) -> Float {
    Float(1 / (1 + (-1.702 * Double(z)).exponential))
  }
}

extension RandomStream {
  /// Returns a number with mean 0 and variance 1, bell-shaped within ±√12: a scaled sum of four
  /// uniform 16-bit numbers.
  mutating func bellShaped() -> Float {
    let bits = next()
    let sum =
      (bits & 0xffff) + ((bits >> 16) & 0xffff) + ((bits >> 32) & 0xffff) + (bits >> 48)
    return (Float(sum) - 131_070) * 2.642_900e-5
  }
}

/// The distribution of a numerical feature: a map from a bell-shaped number into [0, 1].
enum NumericalShape: Sendable {
  /// Symmetric around one half.
  case symmetric
  /// Mostly small values, few large ones.
  case skewed
  /// About half of the values are exactly 0.
  case zeroInflated
  /// Multiples of one tenth.
  case stepped

  /// Draws a shape; skewed shapes are the most frequent.
  init(from stream: inout RandomStream) {
    switch stream.integer(below: 8) {
    case 0, 1: self = .symmetric
    case 2, 3, 4: self = .skewed
    case 5, 6: self = .zeroInflated
    default: self = .stepped
    }
  }

  /// Returns the value of the feature at `z`.
  func callAsFunction(_ z: Float) -> Float {
    let position = 0.5 + 0.5 * (z / (0.6 + z.magnitude))
    switch self {
    case .symmetric: return position
    case .skewed: return position * position * position
    case .zeroInflated: return max(0, 2 * position - 1)
    case .stepped: return Float(Int(10 * position)) * 0.1
    }
  }
}
