import Configuration

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// The knobs of a synthetic twin: how strongly each part of the planted teacher speaks.
///
/// Strengths are standard deviations on the logit scale; every part has mean 0 and variance 1
/// before it is multiplied by its strength. See ``SyntheticRecipe`` for the formula.
public struct SyntheticSettings: HyperparameterSet {
  @Setting("Logit standard deviation of what all scenarios and tasks have in common.", in: 0...4)
  public var sharedStrength = 0.85

  /// Split evenly over the levels of the tree.
  @Setting("Logit standard deviation of what a scenario has of its own.", in: 0...4)
  public var scenarioStrength = 0.4

  @Setting("Logit standard deviation of what a task has of its own.", in: 0...4)
  public var taskStrength = 0.35

  @Setting("Share of every part's variance that comes from products of hidden units.", in: 0...1)
  public var interactionShare = 0.25

  @Setting(
    "Factor by which all strengths of purchase-after-click exceed those of click.", in: 0...4)
  public var purchaseGain = 1.05

  @Setting("Factor on the click-through rate of every scenario.", in: 0.1...20)
  public var ctrMultiplier = 1.0

  /// In every scenario.
  @Setting("Factor on the rate of impressions that end in a purchase.", in: 0.1...100)
  public var ctcvrMultiplier = 1.0

  public init() {}
}
