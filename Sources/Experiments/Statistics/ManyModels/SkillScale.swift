import Foundation

/// A score in units of what can be gained: how far it is from a floor, such as the value of a constant
/// or of logistic regression, to a ceiling, such as a perfect score or the best reachable one of a twin.
///
/// Works in either direction: for losses the ceiling is below the floor.
public struct SkillScale: Sendable, Equatable {
  /// The value that counts as no skill.
  public let floor: Double
  /// The value that counts as full skill.
  public let ceiling: Double

  /// Creates a scale; nil if floor and ceiling are equal or not finite.
  public init?(floor: Double, ceiling: Double) {
    guard floor.isFinite, ceiling.isFinite, floor != ceiling else { return nil }
    (self.floor, self.ceiling) = (floor, ceiling)
  }

  /// Returns the skill, (value - floor) / (ceiling - floor): 0 at the floor, 1 at the ceiling, negative
  /// below the floor, and above 1 where chance carried a score beyond its expected ceiling.
  public func skill(_ value: Double) -> Double { (value - floor) / (ceiling - floor) }

  /// Returns the improvability: the share of the distance to the ceiling by which the best score would
  /// reduce it, 1 - (ceiling - best) / (ceiling - value) (TabArena, Erickson et al., 2025, with the
  /// distance to the ceiling as error).
  ///
  /// 0 for the best itself; nil for a value at or beyond the ceiling.
  public func improvability(_ value: Double, best: Double) -> Double? {
    let error = (ceiling - value) / (ceiling - floor)
    guard error > 0 else { return nil }
    return 1 - (ceiling - best) / (ceiling - floor) / error
  }
}

/// Returns the skill over several data sets or cells, 1 - geometric mean of error / base error; nil if
/// there are none or an error is not positive.
///
/// - Precondition: as many errors as base errors.
public func meanSkill(errors: [Double], baseErrors: [Double]) -> Double? {
  precondition(errors.count == baseErrors.count, "a base error for every error")
  guard !errors.isEmpty, errors.allSatisfy({ $0 > 0 }), baseErrors.allSatisfy({ $0 > 0 }) else {
    return nil
  }
  let logs = zip(errors, baseErrors).reduce(0) { $0 + log($1.0 / $1.1) }
  return 1 - exp(logs / Double(errors.count))
}
