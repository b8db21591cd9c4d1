import TensorCore

/// The first layer of a teacher part, on one side of an impression: eight sums of feature effects.
///
/// Every unit sees about a third of the features. A value of a field has an effect of its own on
/// every unit; a multi-valued field has the mean of its values' effects.
struct HiddenUnits: Sendable {
  private var fieldEffects: [[SIMD8<Float>]]
  private var bagEffects: [SIMD8<Float>]
  private var numericalWeights: [SIMD8<Float>]

  /// The chance that a unit sees a feature.
  private static let density = 0.35

  /// How strong the effect of an identifier is beside that of another field.
  private static let identifierWeight = 0.5

  /// Half the slope on a numerical feature, whose standard deviation is about 0.3.
  private static let numericalWeight = 2.5

  /// Draws the effects of a side's features.
  init(_ side: FeatureSide, from stream: inout RandomStream) {
    fieldEffects = side.allFields.map { field in
      let isIdentifier = field.name == side.identifier?.name
      return Self.effects(of: field, isIdentifier ? Self.identifierWeight : 1, from: &stream)
    }
    bagEffects = side.bag.map { Self.effects(of: $0, 1.5, from: &stream) } ?? []
    numericalWeights = side.numericals.map { _ in
      Self.gaussian(Self.visibility(from: &stream) * Float(Self.numericalWeight), from: &stream)
    }
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

  private static func effects(
    of field: FeatureSide.Field, _ weight: Double, from stream: inout RandomStream
  ) -> [SIMD8<Float>] {
    let scale = visibility(from: &stream) * Float(weight)
    return [.zero] + (0..<field.valueCount).map { _ in gaussian(scale, from: &stream) }
  }

  private static func visibility(from stream: inout RandomStream) -> SIMD8<Float> {
    var result = SIMD8<Float>.zero
    for unit in 0..<8 where stream.uniform() < density { result[unit] = 1 }
    return result
  }

  private static func gaussian(_ scale: SIMD8<Float>, from stream: inout RandomStream)
    -> SIMD8<Float>
  {
    var result = SIMD8<Float>.zero
    for unit in 0..<8 { result[unit] = Float(stream.normal()) }
    return result * scale
  }
}
