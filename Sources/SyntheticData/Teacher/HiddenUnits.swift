import TensorCore

/// The first layer of a teacher part, on one side of an impression: eight sums of feature effects.
///
/// Every unit sees a few of the features only. A value of a field has an effect of its own on
/// every unit; a multi-valued field has the mean of its values' effects.
struct HiddenUnits: Sendable {
  private var fieldEffects: [[SIMD8<Float>]]
  private var bagEffects: [SIMD8<Float>]
  private var numericalWeights: [SIMD8<Float>]

  /// How strong the effect of an identifier is beside that of another field.
  private static let identifierWeight = 0.5

  /// How strong the effects of a multi-valued field are: their mean is weaker than one of them.
  private static let bagWeight = 1.5

  /// The slope on a numerical feature, whose standard deviation is about 0.25.
  private static let numericalWeight = 4.0

  /// Draws the effects of a side's features; a unit sees each with the given chance.
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
