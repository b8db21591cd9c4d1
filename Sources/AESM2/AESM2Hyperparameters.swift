import Configuration
import Layers
import Ranking
import TensorCore

extension ExpertNorm: ConfigurationChoice {}
extension ExpertComputation: ConfigurationChoice {}

/// How experts that were not selected are masked out of the mixture.
public enum SelectionMask: String, ConfigurationChoice {
  /// Their logits are treated as minus infinity, so their weights are exactly zero.
  case infinity
  /// Their logits are multiplied by -1e9, as in the authors' code. A negative logit becomes a huge
  /// positive one and wins the softmax, so this mostly mixes the experts that were *not* selected.
  case multiply
}

/// Whether rows pass through the scenario layers or the task layers first.
public enum LayerOrder: String, ConfigurationChoice {
  /// Scenario layers, then task layers: AESM².
  case scenariosFirst = "scenarios-first"
  /// Task layers, then scenario layers, through which every task passes with its own input.
  case tasksFirst = "tasks-first"
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// The settings of ``AESM2``.
///
/// The paper publishes no values; the defaults are ours. Options named "authors' code" reproduce
/// what the released TensorFlow code computes where it differs from the method as described.
public struct AESM2Hyperparameters: HyperparameterSet {
  @Setting("Multi-scenario layers at each level of the scenario tree; 0 for none.", in: 0...8)
  public var scenarioLayerCount = 1
  @Setting("Experts of each multi-scenario layer.", in: 1...256, search: .choice([4, 8]))
  public var scenarioExpertCount = 8
  @Setting(
    "Scenario-specific experts that each row selects (K_sp).", in: 0...256, search: .choice([1, 2]))
  public var scenarioSpecificCount = 2
  @Setting(
    "Scenario-shared experts that each row selects (K_sh).", in: 0...256, search: .choice([1, 2]))
  public var scenarioSharedCount = 2
  @Setting("Multi-task layers on top; 0 for none.", in: 0...8)
  public var taskLayerCount = 1
  @Setting("Experts of each multi-task layer.", in: 1...256, search: .choice([4, 8]))
  public var taskExpertCount = 8
  @Setting(
    "Task-specific experts that each row selects (K_sp).", in: 0...256, search: .choice([1, 2]))
  public var taskSpecificCount = 2
  @Setting(
    "Task-shared experts that each row selects (K_sh).", in: 0...256, search: .choice([1, 2]))
  public var taskSharedCount = 2
  @Setting(
    "Layer sizes of an expert.", each: 1...8192, minimumCount: 1,
    search: .choice([[64], [128], [128, 64], [256, 128]]))
  public var expertSizes = [128, 64]
  @Setting("Columns of a scenario or task indicator.", in: 1...1024)
  public var indicatorSize = 16
  @Setting(
    "Standard deviation of the Gaussian gate noise in training (authors' code: scale times n).",
    in: 0...1e6, search: .choice([0.0, 0.1, 0.5, 1.0]))
  public var noise = 0.1
  @Setting("Steps after which the noise has halved; 0 keeps it constant.", in: 0...1_000_000_000)
  public var noiseHalfLife = 0
  @Setting(
    "Weight of the auxiliary loss of specific experts.", in: 0...1e6,
    search: .logUniform(1e-4...1e-1))
  public var specificLossWeight = 0.01
  @Setting(
    "Weight of the auxiliary loss of shared experts.", in: 0...1e6,
    search: .logUniform(1e-4...1e-1))
  public var sharedLossWeight = 0.01
  @Setting(
    "How unselected experts are kept out (authors' code: multiply, which inverts selection).")
  public var mask = SelectionMask.infinity
  @Setting("Factor on the logit of an expert in both sets (authors' code: 2).", in: 0...1e3)
  public var overlapScale = 1.0
  @Setting("Whether the mixture uses the noisy logits too.")
  public var noisyMixing = false
  @Setting("Whether gate logits are batch-normalized (authors' code: true).")
  public var gateNorm = false
  @Setting("Whether shared experts are chosen among those that are not specific.")
  public var exclusiveSets = false
  @Setting(
    "Batch normalization inside experts: none, over the rows routed to the expert, or over all rows through every expert (authors' code: dense)."
  )
  public var expertNorm = ExpertNorm.none
  @Setting(
    "Whether experts multiply only the rows routed to them (sparse) or all (dense reference).")
  public var computation = ExpertComputation.sparse
  @Setting(
    "How rows select experts; noise, divergence losses, mask, overlapScale, noisyMixing and exclusiveSets belong to kl, and noise to top-k and prompt-top-k too (1 is Shazeer's).",
    isLeftOutAtDefault: true)
  public var selection = SelectionRule.kl
  @Setting(
    "Weight of the loss that balances the load of experts with shared-first, top-k and prompt-top-k (MEASNet: 0.001).",
    in: 0...1e6, isLeftOutAtDefault: true)
  public var balanceLossWeight = 0.01
  @Setting("Whether scenario layers or task layers come first.", isLeftOutAtDefault: true)
  public var order = LayerOrder.scenariosFirst
  @Setting(
    "Whether the leaves of the scenario tree are scenarios of one level (flat), instead of layers for each level.",
    isLeftOutAtDefault: true)
  public var flatScenarios = false
  public var input = InputHyperparameters()
  public var towers = TowerHyperparameters()

  public init() {}

  /// Whether task layers lie below scenario layers; not if there are layers of one kind only.
  var beginsWithTasks: Bool {
    order == .tasksFirst && scenarioLayerCount > 0 && taskLayerCount > 0
  }

  /// Checks the numbers of selected experts against the numbers of experts, and that there is a layer.
  public func validate() throws {
    if scenarioLayerCount + taskLayerCount == 0 {
      throw Diagnostic("scenarioLayerCount and taskLayerCount are both 0, so there is no layer")
    }
    for (name, isChanged) in [
      ("mask", mask != .infinity), ("overlapScale", overlapScale != 1),
      ("noisyMixing", noisyMixing), ("exclusiveSets", exclusiveSets),
    ] where isChanged && selection != .kl {
      throw Diagnostic("\(name) belongs to selection: kl, but selection is \(selection.rawValue)")
    }
    let layers = [
      ("scenario", scenarioExpertCount, scenarioSpecificCount, scenarioSharedCount),
      ("task", taskExpertCount, taskSpecificCount, taskSharedCount),
    ]
    for (kind, experts, specific, shared) in layers {
      for (name, count) in [("Specific", specific), ("Shared", shared)] where count > experts {
        throw Diagnostic(
          "\(kind)\(name)Count is \(count), but there are only \(experts) experts "
            + "(\(kind)ExpertCount)")
      }
      if specific + shared == 0 {
        throw Diagnostic(
          "\(kind)SpecificCount and \(kind)SharedCount are both 0, so no expert would be selected")
      }
      let isDisjoint = exclusiveSets || selection != .kl && selection != .dense
      if isDisjoint, specific + shared > experts {
        let cause = exclusiveSets ? "exclusiveSets" : "selection: \(selection.rawValue)"
        throw Diagnostic(
          "\(cause) needs \(kind)SpecificCount + \(kind)SharedCount <= \(kind)ExpertCount, "
            + "but \(specific) + \(shared) > \(experts)")
      }
    }
  }
}
