import Layers
import Ranking
import TensorCore

extension ExpertNorm: ConfigurationChoice {}
extension ExpertComputation: ConfigurationChoice {}

/// How experts that were not selected are kept out of the mixture.
public enum SelectionMask: String, ConfigurationChoice {
  /// Their logits count as minus infinity, so their weights are exactly zero.
  case infinity
  /// Their logits are multiplied by -1e9, as in the authors' code. A negative logit becomes a huge
  /// positive one and wins the softmax, so this mostly mixes the experts that were *not* selected.
  case multiply
}

/// The settings of ``AESM2``.
///
/// The paper publishes no values; the defaults are ours. Options named "authors' code" reproduce what
/// the released TensorFlow code computes where it differs from the method as described.
public struct AESM2Hyperparameters: HyperparameterSet {
  /// Multi-scenario layers at each level of the scenario tree.
  public var scenarioLayerCount = 1
  /// Experts of each multi-scenario layer (n).
  public var scenarioExpertCount = 8
  /// Scenario-specific experts that each row selects (K_sp).
  public var scenarioSpecificCount = 2
  /// Scenario-shared experts that each row selects (K_sh).
  public var scenarioSharedCount = 2
  /// Multi-task layers on top.
  public var taskLayerCount = 1
  /// Experts of each multi-task layer (n).
  public var taskExpertCount = 8
  /// Task-specific experts that each row selects (K_sp).
  public var taskSpecificCount = 2
  /// Task-shared experts that each row selects (K_sh).
  public var taskSharedCount = 2
  /// The layer sizes of an expert.
  public var expertSizes = [128, 64]
  /// The columns of a scenario or task indicator.
  public var indicatorSize = 16
  /// The standard deviation of the gate noise at the first step.
  public var noise = 0.1
  /// The steps after which the noise has halved; 0 keeps it.
  public var noiseHalfLife = 0
  /// The weight of the auxiliary loss of specific experts.
  public var specificLossWeight = 0.01
  /// The weight of the auxiliary loss of shared experts.
  public var sharedLossWeight = 0.01
  /// How experts that were not selected are kept out.
  public var mask = SelectionMask.infinity
  /// The factor on the logit of an expert in both sets.
  public var overlapScale = 1.0
  /// Whether the mixture uses the noisy logits too.
  public var noisyMixing = false
  /// Whether gate logits are batch-normalised.
  public var gateNorm = false
  /// Whether shared experts are chosen among those that are not specific.
  public var exclusiveSets = false
  /// What batch normalisation inside experts takes its moments over.
  public var expertNorm = ExpertNorm.none
  /// How expert outputs are computed.
  public var computation = ExpertComputation.sparse
  /// The input representation.
  public var input = InputHyperparameters()
  /// The towers.
  public var towers = TowerHyperparameters()

  /// The settings, in the order in which they are shown.
  public static let definitions: [HyperparameterDefinition<Self>] =
    [
      .init(
        "scenarioLayerCount", \.scenarioLayerCount,
        "Multi-scenario layers at each level of the scenario tree.", in: 1...8),
      .init(
        "scenarioExpertCount", \.scenarioExpertCount, "Experts of each multi-scenario layer.",
        in: 1...256, search: .choice([4, 8])),
      .init(
        "scenarioSpecificCount", \.scenarioSpecificCount,
        "Scenario-specific experts that each row selects (K_sp).", in: 0...256,
        search: .choice([1, 2])),
      .init(
        "scenarioSharedCount", \.scenarioSharedCount,
        "Scenario-shared experts that each row selects (K_sh).", in: 0...256,
        search: .choice([1, 2])),
      .init("taskLayerCount", \.taskLayerCount, "Multi-task layers on top.", in: 1...8),
      .init(
        "taskExpertCount", \.taskExpertCount, "Experts of each multi-task layer.", in: 1...256,
        search: .choice([4, 8])),
      .init(
        "taskSpecificCount", \.taskSpecificCount,
        "Task-specific experts that each row selects (K_sp).", in: 0...256,
        search: .choice([1, 2])),
      .init(
        "taskSharedCount", \.taskSharedCount,
        "Task-shared experts that each row selects (K_sh).", in: 0...256,
        search: .choice([1, 2])),
      .init(
        "expertSizes", \.expertSizes, "Layer sizes of an expert.", each: 1...8192, minimumCount: 1,
        search: .choice([[64], [128], [128, 64], [256, 128]])),
      .init(
        "indicatorSize", \.indicatorSize, "Columns of a scenario or task indicator.", in: 1...1024),
      .init(
        "noise", \.noise,
        "Standard deviation of the Gaussian gate noise in training (authors' code: scale times n).",
        in: 0...1e6, search: .choice([0.0, 0.1, 0.5, 1.0])),
      .init(
        "noiseHalfLife", \.noiseHalfLife,
        "Steps after which the noise has halved; 0 keeps it constant.", in: 0...1_000_000_000),
      .init(
        "specificLossWeight", \.specificLossWeight,
        "Weight of the auxiliary loss of specific experts.", in: 0...1e6,
        search: .logUniform(1e-4...1e-1)),
      .init(
        "sharedLossWeight", \.sharedLossWeight,
        "Weight of the auxiliary loss of shared experts.", in: 0...1e6,
        search: .logUniform(1e-4...1e-1)),
      .init(
        "mask", \.mask,
        "How unselected experts are kept out (authors' code: multiply, which inverts selection)."),
      .init(
        "overlapScale", \.overlapScale,
        "Factor on the logit of an expert in both sets (authors' code: 2).", in: 0...1e3),
      .init(
        "noisyMixing", \.noisyMixing, "Whether the mixture uses the noisy logits too."),
      .init(
        "gateNorm", \.gateNorm, "Whether gate logits are batch-normalised (authors' code: true)."),
      .init(
        "exclusiveSets", \.exclusiveSets,
        "Whether shared experts are chosen among those that are not specific."),
      .init(
        "expertNorm", \.expertNorm,
        "Batch normalisation inside experts: none, over the rows routed to the expert, or over all rows through every expert (authors' code: dense)."
      ),
      .init(
        "computation", \.computation,
        "Whether experts multiply only the rows routed to them (sparse) or all (dense reference)."),
    ] + InputHyperparameters.definitions(at: \.input)
    + TowerHyperparameters.definitions(at: \.towers)

  /// Creates the defaults.
  public init() {}

  /// Checks the numbers of selected experts against the numbers of experts.
  public func validate() throws {
    let layers = [
      ("scenario", scenarioExpertCount, scenarioSpecificCount, scenarioSharedCount),
      ("task", taskExpertCount, taskSpecificCount, taskSharedCount),
    ]
    for (kind, experts, specific, shared) in layers {
      for (name, count) in [("Specific", specific), ("Shared", shared)] where count > experts {
        throw ConfigurationError(
          "\(kind)\(name)Count is \(count), but there are only \(experts) experts "
            + "(\(kind)ExpertCount)")
      }
      if specific + shared == 0 {
        throw ConfigurationError(
          "\(kind)SpecificCount and \(kind)SharedCount are both 0, so no expert would be selected")
      }
      if exclusiveSets, specific + shared > experts {
        throw ConfigurationError(
          "exclusiveSets needs \(kind)SpecificCount + \(kind)SharedCount <= \(kind)ExpertCount, "
            + "but \(specific) + \(shared) > \(experts)")
      }
    }
  }
}
