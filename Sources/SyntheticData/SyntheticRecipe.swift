import Configuration
import Datasets
import Foundation

/// A synthetic twin of a data set: features shaped like the original, and labels drawn from a
/// planted teacher, so that the best reachable AUC of every cell is known.
///
/// The probability of a click in leaf scenario `s` is `σ(logit_click)`, and that of a purchase is
/// `σ(logit_click) σ(logit_purchase)`, with
///
/// `logit_o = b_{s,o} + g_o (σ_shared f(x) + σ_group f_{g(s)}(x) + σ_scenario f_s(x) + σ_task f_o(x))`,
///
/// where every `f` is a random network with products, with mean 0 and variance 1, and the biases
/// match the rates of every scenario. ``SyntheticSettings`` holds the strengths and gains that all
/// recipes have. Only the recipe `many-scenarios` has groups `g(s)` of scenarios.
///
/// The same recipe, settings, row count and seed give the same bytes, whatever the number of
/// threads.
public struct SyntheticRecipe: Sendable {
  /// The name on command lines.
  public let id: String

  /// The data that it imitates, in one sentence.
  public let summary: String

  /// The default number of rows.
  public let defaultRowCount: Int

  /// The world and what is planted in it, according to the settings.
  var design: any SyntheticDesign

  /// All recipes in display order.
  public static let all = [
    SyntheticRecipe(
      id: "aliexpress",
      summary: "Five countries with the published field sizes, impression shares, CTR and CTCVR.",
      defaultRowCount: 3_000_000, design: AliExpressDesign()),
    SyntheticRecipe(
      id: "entrance-card",
      summary:
        "A tree of entrances and card types, with user and item ids and a multi-valued field.",
      defaultRowCount: 500_000, design: EntranceCardDesign()),
    SyntheticRecipe(
      id: "many-scenarios",
      summary:
        "From 2 to 64 scenarios in planted groups that share a function, with few features.",
      defaultRowCount: 200_000, design: ManyScenariosDesign()),
  ]

  /// The settings that the recipe has, in display order.
  public var settings: [SettingDeclaration] { type(of: design).settings }

  /// The values of all settings, by name.
  public var configuration: [String: ConfigurationValue] { design.configuration }

  /// The default seed.
  public static let defaultSeed: UInt64 = 2022

  /// Returns the recipe with the given name.
  ///
  /// - Parameters:
  ///   - id: The name.
  ///   - overrides: Values for the recipe's settings, by name.
  /// - Throws: ``Diagnostic`` for an unknown name, setting or value.
  public static func named(_ id: String, overriding overrides: [String: ConfigurationValue] = [:])
    throws -> SyntheticRecipe
  {
    guard var recipe = all.first(where: { $0.id == id }) else {
      throw Diagnostic.unknown("synthetic data set", id, accepted: all.map(\.id))
    }
    func overridden(_ design: some SyntheticDesign) throws -> any SyntheticDesign {
      try type(of: design).init(overriding: overrides)
    }
    recipe.design = try locating("synthetic data set '\(id)'") { try overridden(recipe.design) }
    return recipe
  }

  /// Draws the data set and writes its cache.
  ///
  /// Validation and test get a tenth of the rows each (rounded down), and train gets the rest.
  /// Pages never cross splits; rows of different pages are independent. Memory does not grow with
  /// the number of rows, except for 20 bytes per row of the test split, from which the ceilings are
  /// computed.
  ///
  /// - Parameters:
  ///   - folder: The cache folder; an existing cache is replaced at the end.
  ///   - rows: The total number of rows of all splits.
  ///   - seed: Determines the teacher and all rows.
  ///   - progress: Called after every chunk with the numbers of rows written and of all rows. An
  ///     error that it throws cancels the work, which then leaves nothing behind.
  /// - Throws: ``Diagnostic`` for invalid settings or an invalid number of rows, if a cell of a
  ///   split has only one class, or if the cache cannot be written.
  public func generate(
    into folder: URL, rows: Int, seed: UInt64 = defaultSeed,
    progress: (_ rowCount: Int, _ totalRowCount: Int) throws -> Void = { _, _ in }
  ) throws -> Dataset {
    let rowCounts = try Self.splitRowCounts(rows)
    let world = design.world
    let writer = try DatasetWriter(
      problem: world.problem, at: folder, provenance: provenance(rows: rows, seed: seed))
    let generator = try SyntheticGenerator(design, seed: seed)
    var estimate = CeilingEstimate(leafCount: world.scenarios.leafCount)
    var written = 0
    for (split, rowCount) in zip(SplitName.allCases, rowCounts) {
      var check = ClassCheck(split: split, world: generator.world)
      try generator.forEachChunk(of: split, rowCount: rowCount) { chunk in
        try writer.append(chunk.block, to: split)
        check.add(chunk.block)
        if split == .test { estimate.add(chunk) }
        written += chunk.block.rowCount
        try progress(written, rows)
      }
      try check.requireBothClasses(rowCount: rowCount, of: rows)
    }
    return try writer.finish(
      ceilings: estimate.ceilings(), plantedGroups: design.groups?.groupOfLeaf)
  }

  /// Returns the numbers of rows of the splits, in order.
  static func splitRowCounts(_ rows: Int) throws -> [Int] {
    guard (10...2_000_000_000).contains(rows) else {
      throw Diagnostic("rows is \(rows), but must be a whole number from 10 to 2000000000")
    }
    return [rows - 2 * (rows / 10), rows / 10, rows / 10]
  }

  /// Returns what the cache records of its origin.
  package func provenance(rows: Int, seed: UInt64) -> [String: String] {
    [
      "source": "synthetic twin", "recipe": id, "rows": String(rows), "seed": String(seed),
      "settings": ConfigurationValue.object(configuration).canonicalJSON,
    ]
  }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// The settings that every synthetic twin has: the strength of each part of the planted teacher.
///
/// Strengths are standard deviations on the logit scale; every part has mean 0 and variance 1
/// before being multiplied by its strength. See ``SyntheticRecipe`` for the formula.
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

/// The design of a synthetic twin: its world, and what is planted in it.
///
/// A design is the set of the settings that its recipe has.
protocol SyntheticDesign: HyperparameterSet {
  /// The features and the traffic, before rates are multiplied.
  var world: SyntheticWorld { get }

  /// The strengths of the parts that every teacher has.
  var teacher: SyntheticSettings { get set }

  /// The groups of scenarios that share a part of the teacher; nil if there are none.
  var groups: PlantedGroups? { get }

  /// Whether the hidden units of the teacher saturate; see ``TeacherPart``.
  var unitsSaturate: Bool { get }
}

extension SyntheticDesign {
  var groups: PlantedGroups? { nil }
  var unitsSaturate: Bool { true }
}

/// A partition of the leaf scenarios into groups, each of which shares a part of the teacher.
struct PlantedGroups: Sendable, Equatable {
  /// The number of groups.
  var count: Int

  /// The group of every leaf.
  var groupOfLeaf: [Int]

  /// The logit standard deviation of what a group has in common.
  var strength: Double
}
