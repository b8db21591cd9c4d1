import Synchronization
import TensorCore

/// Fits a teacher to its world: parts with variance 1, and biases that match the rates.
struct TeacherCalibration {
  private let world: SyntheticWorld
  private let sampler: PageSampler
  private let streams: RandomStreams

  /// The number of impressions per leaf, each on its own page, used to standardize parts.
  private let standardizationCount: Int

  /// The number of impressions per leaf used to fit biases.
  private let biasCount: Int

  init(_ world: SyntheticWorld, sampler: PageSampler, streams: RandomStreams) {
    standardizationCount = min(4096, 65_536 / world.traffic.count)
    biasCount = 16 * standardizationCount
    self.world = world
    self.sampler = sampler
    self.streams = streams
  }

  /// Returns equal numbers of impressions from every leaf.
  func standardizationSample() -> [(page: SideFeatures, impression: SideFeatures)] {
    world.traffic.indices.flatMap { leaf in
      var sample: [(page: SideFeatures, impression: SideFeatures)] = []
      forEachImpression(of: leaf, count: standardizationCount, "standardisation") {
        sample.append(($0, $1))
      }
      return sample
    }
  }

  /// Returns the biases with which a teacher's mean probabilities match the rates of every leaf.
  func biases(of teacher: PlantedTeacher) -> [PlantedTeacher.OutcomeLogits] {
    let results = Mutex(world.traffic.map { _ in PlantedTeacher.OutcomeLogits() })
    parallelFor(world.traffic.count, blockSize: 1) { block in
      for leaf in block {
        let biases = biases(of: teacher, leaf: leaf)
        results.withLock { $0[leaf] = biases }
      }
    }
    return results.withLock { $0 }
  }

  private func biases(of teacher: PlantedTeacher, leaf: Int) -> PlantedTeacher.OutcomeLogits {
    var signals: [PlantedTeacher.OutcomeLogits] = []
    signals.reserveCapacity(biasCount)
    forEachImpression(of: leaf, count: biasCount, "bias") { page, impression in
      let sums = teacher.pageSums(page, leaf: leaf)
      signals.append(teacher.signal(impression, on: sums, leaf: leaf))
    }
    let traffic = world.traffic[leaf]
    let count = Double(signals.count)
    let click = root { bias in
      signals.reduce(0) { $0 + sigmoid(bias + $1.click) } / count - traffic.ctr
    }
    let clickProbabilities = signals.map { sigmoid(click + $0.click) }
    let purchase = root { bias in
      zip(signals, clickProbabilities).reduce(0) { $0 + $1.1 * sigmoid(bias + $1.0.purchase) }
        / count - traffic.ctcvr
    }
    return PlantedTeacher.OutcomeLogits(click: click, purchase: purchase)
  }

  /// Returns the root of an increasing function between -40 and 40, by bisection to 1e-7.
  private func root(of function: (Double) -> Double) -> Double {
    var bounds = (lower: -40.0, upper: 40.0)
    for _ in 0..<30 {
      let middle = (bounds.lower + bounds.upper) / 2
      if function(middle) < 0 { bounds.lower = middle } else { bounds.upper = middle }
    }
    return (bounds.lower + bounds.upper) / 2
  }

  private func forEachImpression(
    of leaf: Int, count: Int, _ purpose: String, _ body: (SideFeatures, SideFeatures) -> Void
  ) {
    var stream = streams["calibration/\(purpose)/\(leaf)"]
    var page = SideFeatures(world.page)
    var impression = SideFeatures(world.impression)
    for _ in 0..<count {
      sampler.drawPage(into: &page, leaf: leaf, from: &stream)
      sampler.drawImpression(into: &impression, on: page, leaf: leaf, from: &stream)
      body(page, impression)
    }
  }
}
