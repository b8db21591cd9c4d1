import Ranking

/// The knobs of a synthetic twin: how strongly each part of the planted teacher speaks.
///
/// Strengths are standard deviations on the logit scale; every part has mean 0 and variance 1
/// before it is multiplied by its strength. See ``SyntheticRecipe`` for the formula.
public struct SyntheticSettings: HyperparameterSet {
  /// The strength of what all scenarios and tasks have in common.
  public var sharedStrength = 0.85

  /// The strength of what a scenario has of its own, split evenly over the levels of the tree.
  public var scenarioStrength = 0.4

  /// The strength of what a task has of its own.
  public var taskStrength = 0.35

  /// The share of every part's variance that comes from products of hidden units.
  public var interactionShare = 0.25

  /// The factor by which all strengths of purchase-after-click exceed those of click.
  public var purchaseGain = 1.05

  /// The factor on the click-through rate of every scenario.
  public var ctrMultiplier = 1.0

  /// The factor on the rate of impressions that end in a purchase, in every scenario.
  public var ctcvrMultiplier = 1.0

  /// Creates the defaults.
  public init() {}

  /// The knobs by name.
  public static let definitions: [HyperparameterDefinition<Self>] = [
    .init(
      "sharedStrength", \.sharedStrength,
      "Logit standard deviation of what all scenarios and tasks have in common.", in: 0...4),
    .init(
      "scenarioStrength", \.scenarioStrength,
      "Logit standard deviation of what a scenario has of its own.", in: 0...4),
    .init(
      "taskStrength", \.taskStrength,
      "Logit standard deviation of what a task has of its own.", in: 0...4),
    .init(
      "interactionShare", \.interactionShare,
      "Share of every part's variance that comes from products of hidden units.", in: 0...1),
    .init(
      "purchaseGain", \.purchaseGain,
      "Factor by which all strengths of purchase-after-click exceed those of click.", in: 0...4),
    .init(
      "ctrMultiplier", \.ctrMultiplier,
      "Factor on the click-through rate of every scenario.", in: 0.1...20),
    .init(
      "ctcvrMultiplier", \.ctcvrMultiplier,
      "Factor on the rate of impressions that end in a purchase.", in: 0.1...100),
  ]
}
