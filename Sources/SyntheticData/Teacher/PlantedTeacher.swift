import TensorCore

/// The probabilities from which labels are drawn.
struct OutcomeProbabilities {
  /// The probability of a click.
  var click: Double

  /// The probability of a purchase after a click.
  var purchaseAfterClick: Double

  /// The probability of each task's label, in task order.
  var tasks: [Double] { [click, click * purchaseAfterClick] }
}

/// The teacher, which determines the true probabilities of the outcomes of an impression.
///
/// For leaf `s` and outcome `o` (click, purchase after click)
///
/// `logit_{s,o}(x) = b_{s,o} + g_o (σ_shared f(x) + σ_group f_{g(s)}(x) + σ_scenario f_s(x) + σ_task f_o(x))`
///
/// with `g_click = 1`, `g_purchase` the purchase gain, and for a tree of depth `D`
/// `f_s = (1/√D) Σ_d f_{d, s_d}`: one part for every scenario of every level, so leaves with the
/// same entrance share that entrance's part, and leaves with the same card type share that card
/// type's part. Every `f` is a ``TeacherPart``.
///
/// With planted groups, every group `g` has a part of its own, and `f_s` is of the last level only,
/// so labels do not depend on whether the tree shows the groups; without, `σ_group` is 0.
struct PlantedTeacher: Sendable {
  private var shared: TeacherPart
  private var outcomes: [TeacherPart]
  private var levels: [[TeacherPart]]
  private let leafPaths: [[Int]]
  private var groupParts: [TeacherPart]
  private let groups: PlantedGroups?
  private let settings: SyntheticSettings
  private var biases: [OutcomeLogits]

  /// The logits of one impression.
  struct OutcomeLogits {
    var click = 0.0
    var purchase = 0.0
  }

  /// The contribution of a page to the units of every part that its leaf uses.
  struct PageSums {
    fileprivate var shared: SIMD8<Float>
    fileprivate var outcomes: [SIMD8<Float>]
    fileprivate var levels: [SIMD8<Float>]
    fileprivate var group: SIMD8<Float>?
  }

  /// Draws the parts and calibrates the biases.
  ///
  /// - Parameter world: The design's world with the rates to match.
  init(
    _ design: any SyntheticDesign, in world: SyntheticWorld, sampler: PageSampler,
    from streams: RandomStreams
  ) {
    func part(_ name: String) -> TeacherPart {
      TeacherPart(
        world, interactionShare: design.teacher.interactionShare,
        unitsSaturate: design.unitsSaturate, from: streams["teacher/\(name)"])
    }
    shared = part("shared")
    outcomes = ["click", "purchase"].map { part("task/\($0)") }
    groups = design.groups
    let levelCount = groups == nil ? world.scenarios.depth : 1
    levels = world.scenarios.levels.suffix(levelCount).map { level in
      level.values.map { part("scenario/\(level.name)/\($0)") }
    }
    leafPaths = world.scenarios.leaves.map { $0.suffix(levelCount) }
    groupParts = (0..<(groups?.count ?? 0)).map { part("group/\($0)") }
    settings = design.teacher
    biases = world.traffic.map { _ in OutcomeLogits() }
    let calibration = TeacherCalibration(world, sampler: sampler, streams: streams)
    let sample = calibration.standardizationSample()
    shared.fit(sample)
    for index in outcomes.indices { outcomes[index].fit(sample) }
    for level in levels.indices {
      for value in levels[level].indices { levels[level][value].fit(sample) }
    }
    for group in groupParts.indices { groupParts[group].fit(sample) }
    biases = calibration.biases(of: self)
  }

  /// Returns the contribution of a page.
  func pageSums(_ page: SideFeatures, leaf: Int) -> PageSums {
    PageSums(
      shared: shared.pageSums(page), outcomes: outcomes.map { $0.pageSums(page) },
      levels: zip(levels, leafPaths[leaf]).map { $0[$1].pageSums(page) },
      group: groups.map { groupParts[$0.groupOfLeaf[leaf]].pageSums(page) })
  }

  /// Returns the true probabilities of an impression on a page.
  func probabilities(
    _ impression: SideFeatures, on page: PageSums, leaf: Int
  ) -> OutcomeProbabilities {
    let signal = signal(impression, on: page, leaf: leaf)
    return OutcomeProbabilities(
      click: sigmoid(biases[leaf].click + signal.click),
      purchaseAfterClick: sigmoid(biases[leaf].purchase + signal.purchase))
  }

  /// Returns the logits of an impression without the biases.
  func signal(_ impression: SideFeatures, on page: PageSums, leaf: Int) -> OutcomeLogits {
    var common =
      settings.sharedStrength * shared.value(pageSums: page.shared, impression: impression)
    let levelStrength = settings.scenarioStrength / Double(levels.count).squareRoot()
    for level in levels.indices {
      let part = levels[level][leafPaths[leaf][level]]
      common += levelStrength * part.value(pageSums: page.levels[level], impression: impression)
    }
    if let groups, let sums = page.group {
      let part = groupParts[groups.groupOfLeaf[leaf]]
      common += groups.strength * part.value(pageSums: sums, impression: impression)
    }
    func own(_ outcome: Int) -> Double {
      settings.taskStrength
        * outcomes[outcome].value(pageSums: page.outcomes[outcome], impression: impression)
    }
    return OutcomeLogits(
      click: common + own(0), purchase: settings.purchaseGain * (common + own(1)))
  }
}

/// Returns `1 / (1 + exp(-x))`.
func sigmoid(_ x: Double) -> Double { 1 / (1 + (-x).exponential) }
