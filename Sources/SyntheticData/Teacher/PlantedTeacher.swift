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
/// `logit_{s,o}(x) = b_{s,o} + g_o (σ_shared f(x) + σ_scenario f_s(x) + σ_task f_o(x))`
///
/// with `g_click = 1`, `g_purchase` the purchase gain, and for a tree of depth `D`
/// `f_s = (1/√D) Σ_d f_{d, s_d}`: one part for every scenario of every level, so leaves with the
/// same entrance share that entrance's part, and leaves with the same card type share that card
/// type's part. Every `f` is a ``TeacherPart``.
struct PlantedTeacher: Sendable {
  private var shared: TeacherPart
  private var outcomes: [TeacherPart]
  private var levels: [[TeacherPart]]
  private let leafPaths: [[Int]]
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
  }

  /// Draws the parts and calibrates the biases.
  init(
    _ world: SyntheticWorld, sampler: PageSampler, settings: SyntheticSettings,
    from streams: RandomStreams
  ) {
    func part(_ name: String) -> TeacherPart {
      TeacherPart(
        world, interactionShare: settings.interactionShare, from: streams["teacher/\(name)"])
    }
    shared = part("shared")
    outcomes = ["click", "purchase"].map { part("task/\($0)") }
    levels = world.scenarios.levels.map { level in
      level.values.map { part("scenario/\(level.name)/\($0)") }
    }
    leafPaths = world.scenarios.leaves
    self.settings = settings
    biases = world.traffic.map { _ in OutcomeLogits() }
    let calibration = TeacherCalibration(world, sampler: sampler, streams: streams)
    let sample = calibration.standardizationSample()
    shared.fit(sample)
    for index in outcomes.indices { outcomes[index].fit(sample) }
    for level in levels.indices {
      for value in levels[level].indices { levels[level][value].fit(sample) }
    }
    biases = calibration.biases(of: self)
  }

  /// Returns the contribution of a page.
  func pageSums(_ page: SideFeatures, leaf: Int) -> PageSums {
    PageSums(
      shared: shared.pageSums(page), outcomes: outcomes.map { $0.pageSums(page) },
      levels: zip(levels, leafPaths[leaf]).map { $0[$1].pageSums(page) })
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
