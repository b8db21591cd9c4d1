import TensorCore

/// One part of the teacher: a random two-layer network with products, standardized.
///
/// With hidden units `h_j = s(α_j (u_j − μ_j))`, `s(a) = a / (1 + |a|)`, and `u` the sums of the
/// feature effects of page and impression:
///
/// `f(x) = √(1−γ) · standardized(Σ_j v_j h_j) + √γ · standardized(Σ_p w_p h_p h_{p+4})`
///
/// scaled to variance 1, where `γ` is the interaction share. The products make `f` depend on pairs
/// of features in ways that no sum of single-feature effects can express. If units do not saturate,
/// `s(a) = a`: then `f` is a linear function of the features if `γ = 0`, and otherwise one of the
/// second order, as factorization machines assume.
struct TeacherPart: Sendable {
  private let page: HiddenUnits
  private let impression: HiddenUnits
  private var unitMeans = SIMD8<Float>.zero
  private var unitScales = SIMD8<Float>.one
  private let sumWeights: SIMD8<Float>
  private let productWeights: SIMD4<Float>
  private var sumMoments = SampleMoments.standard
  private var productMoments = SampleMoments.standard
  private var scale = 1.0
  private let interactionShare: Double
  private let unitsSaturate: Bool

  /// The standard deviation to which a unit's input is scaled, well into the nonlinear range of
  /// `s`.
  private static let unitStandardDeviation = 1.2

  /// The average number of features that a unit uses.
  private static let featuresPerUnit = 8.0

  /// Draws a part; call `fit` before using it.
  init(
    _ world: SyntheticWorld, interactionShare: Double, unitsSaturate: Bool,
    from stream: RandomStream
  ) {
    var stream = stream
    let problem = world.problem
    let featureCount = problem.fields.count + problem.bags.count + problem.numericals.count
    let visibility = min(1, Self.featuresPerUnit / Double(featureCount))
    page = HiddenUnits(world.page, visibility: visibility, from: &stream)
    impression = HiddenUnits(world.impression, visibility: visibility, from: &stream)
    var sumWeights = SIMD8<Float>.zero
    for unit in 0..<8 { sumWeights[unit] = Float(stream.normal()) }
    self.sumWeights = sumWeights
    var productWeights = SIMD4<Float>.zero
    for pair in 0..<4 { productWeights[pair] = Float(stream.normal()) }
    self.productWeights = productWeights
    self.interactionShare = interactionShare
    self.unitsSaturate = unitsSaturate
  }

  /// Returns the contribution of a page's features to the units.
  func pageSums(_ features: SideFeatures) -> SIMD8<Float> { page(features) }

  /// Returns the value of the part for an impression on a page with the given sums.
  func value(pageSums: SIMD8<Float>, impression features: SideFeatures) -> Double {
    value(unitInputs: pageSums + impression(features))
  }

  /// Standardizes the part on a sample.
  mutating func fit(_ sample: [(page: SideFeatures, impression: SideFeatures)]) {
    let inputs = sample.map { page($0.page) + impression($0.impression) }
    for unit in 0..<8 {
      let moments = SampleMoments(inputs.map { Double($0[unit]) })
      unitMeans[unit] = Float(moments.mean)
      unitScales[unit] = Float(Self.unitStandardDeviation / moments.standardDeviation)
    }
    let terms = inputs.map { self.terms(unitInputs: $0) }
    sumMoments = SampleMoments(terms.map(\.sum))
    productMoments = SampleMoments(terms.map(\.product))
    scale = 1 / SampleMoments(inputs.map { value(unitInputs: $0) }).standardDeviation
  }

  private func value(unitInputs: SIMD8<Float>) -> Double {
    let terms = terms(unitInputs: unitInputs)
    return scale
      * ((1 - interactionShare).squareRoot() * sumMoments.standardized(terms.sum)
        + interactionShare.squareRoot() * productMoments.standardized(terms.product))
  }

  private func terms(unitInputs: SIMD8<Float>) -> (sum: Double, product: Double) {
    let inputs = unitScales * (unitInputs - unitMeans)
    let magnitudes = inputs.replacing(with: -inputs, where: inputs .< 0)
    let units = unitsSaturate ? inputs / (1 + magnitudes) : inputs
    let products = productWeights * units.lowHalf * units.highHalf
    return (Double((sumWeights * units).sum()), Double(products.sum()))
  }
}

/// The mean and the standard deviation of a sample.
struct SampleMoments: Sendable {
  var mean: Double
  var standardDeviation: Double

  /// Mean 0 and standard deviation 1.
  static let standard = SampleMoments(mean: 0, standardDeviation: 1)

  private init(mean: Double, standardDeviation: Double) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// Creates the moments of `values`; a standard deviation of 0 becomes 1.
  init(_ values: [Double]) {
    let count = Double(max(1, values.count))
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    self.init(mean: mean, standardDeviation: variance > 0 ? variance.squareRoot() : 1)
  }

  /// Returns the value minus the mean, in standard deviations.
  func standardized(_ value: Double) -> Double { (value - mean) / standardDeviation }
}

/// The first layer of a teacher part on one side of an impression: eight sums of feature effects.
///
/// Every unit uses only a few of the features. Each value of a field has its own effect on every
/// unit; a multi-valued field has the mean of its values' effects.
struct HiddenUnits: Sendable {
  private var fieldEffects: [[SIMD8<Float>]]
  private var bagEffects: [SIMD8<Float>]
  private var numericalWeights: [SIMD8<Float>]

  /// The strength of an identifier's effect relative to another field's.
  private static let identifierWeight = 0.5

  /// The strength of a multi-valued field's effects: their mean is weaker than a single effect.
  private static let bagWeight = 1.5

  /// The slope for a numerical feature, whose standard deviation is about 0.25.
  private static let numericalWeight = 4.0

  /// Draws the effects of a side's features; a unit uses each feature with the given probability.
  init(_ side: FeatureSide, visibility: Double, from stream: inout RandomStream) {
    func scale(_ weight: Double) -> SIMD8<Float> {
      var result = SIMD8<Float>.zero
      for unit in 0..<8 where stream.uniform() < visibility { result[unit] = Float(weight) }
      return result
    }
    func gaussian() -> SIMD8<Float> {
      var result = SIMD8<Float>.zero
      for unit in 0..<8 { result[unit] = Float(stream.normal()) }
      return result
    }
    func effects(of field: FeatureSide.Field, _ weight: Double) -> [SIMD8<Float>] {
      let scale = scale(weight)
      return [.zero] + (0..<field.valueCount).map { _ in scale * gaussian() }
    }
    fieldEffects = side.allFields.map { field in
      effects(of: field, field.name == side.identifier?.name ? Self.identifierWeight : 1)
    }
    bagEffects = side.bag.map { effects(of: $0, Self.bagWeight) } ?? []
    numericalWeights = side.numericals.map { _ in scale(Self.numericalWeight) * gaussian() }
  }

  /// Returns the sums of effects of one row's features.
  func callAsFunction(_ features: SideFeatures) -> SIMD8<Float> {
    var sums = SIMD8<Float>.zero
    for (effects, id) in zip(fieldEffects, features.ids) { sums += effects[Int(id)] }
    for (weights, value) in zip(numericalWeights, features.numericals) { sums += weights * value }
    if !features.bag.isEmpty {
      var bagSum = SIMD8<Float>.zero
      for id in features.bag { bagSum += bagEffects[Int(id)] }
      sums += bagSum / Float(features.bag.count)
    }
    return sums
  }
}
