import Configuration
import Ranking
import TensorCore
import TestKit
import Testing

@Suite("Initial weights of every model") struct InitializationTests {
  static let cases = (ConformanceCase.on(.followed) + ConformanceCase.heads)
    .filter(\.entry.hasTowers)

  /// What the names of random parameters contain that papers draw from a distribution of their own.
  private static let ownDistributions = [
    "adatt": ["/residuals/"], "dselect-k": ["/mixing", "/codes"],
  ]

  @Test(arguments: cases)
  func orthogonalWeightsReachAllMapsWhoseWeightsAreRandom(_ model: ConformanceCase) throws {
    let orthogonal = try model.build(seed: 1, setting: ["initialization": .string("orthogonal")])
    let other = try model.build(seed: 2, setting: ["initialization": .string("orthogonal")])
    let exceptions = Self.ownDistributions[model.entry.card.id] ?? []
    var count = 0
    for (parameter, other) in zip(orthogonal.store.parameters, other.store.parameters)
    where !parameter.isTable && bits(parameter.value) != bits(other.value) {
      if exceptions.contains(where: { parameter.name.contains($0) }) { continue }
      count += 1
      let defect = parameter.value.departureFromOrthogonality
      #expect(defect < 1e-5, "\(parameter.name) is \(parameter.value.shape)")
    }
    #expect(count >= model.tiny.problem.tasks.count * 2)
  }

  @Test(arguments: ConformanceCase.defaults.filter(\.entry.hasTowers))
  func glorotIsTheDefaultAndLeftOutOfConfigurations(_ model: ConformanceCase) throws {
    let stated = try model.build(setting: ["initialization": .string("glorot")])
    let byDefault = try model.build()
    #expect(
      stated.store.parameters.map { bits($0.value) }
        == byDefault.store.parameters.map { bits($0.value) })
    let glorot = try model.entry.resolve(["initialization": .string("glorot")])
    #expect(glorot["initialization"] == nil)
    let orthogonal = try model.entry.resolve(["initialization": .string("orthogonal")])
    #expect(orthogonal["initialization"] == .string("orthogonal"))
  }

  /// Own and shared parts are multiplied, so both drawn near zero would leave nothing of the input.
  @Test(arguments: ["star", "m3oe"], [false, true])
  func ownPartsOfStarNetworksBeginWithoutEffect(id: String, batchNorm: Bool) throws {
    let built = try catalog.entry(id).buildSmall(
      ["batchNorm": .bool(batchNorm)], for: TinyProblem.oneLevel.problem, seed: 1)
    let place = id == "star" ? "/own/" : "representation/star/own/"
    let own = built.store.parameters.filter { $0.name.contains(place) }
    #expect(!own.isEmpty)
    for parameter in own {
      let isFactor = parameter.name.hasSuffix("/weight") || parameter.name.hasSuffix("/scale")
      let neutral: Float = isFactor ? 1 : 0
      #expect(parameter.value.values.allSatisfy { $0 == neutral }, "\(parameter.name)")
    }
  }

  /// Stitches that all begin at one would add networks up instead of keeping them apart.
  @Test(arguments: [("task", 2), ("flat", 6)], [false, true])
  func crossStitchBeginsNearTheIdentity(axis: (String, count: Int), perChannel: Bool) throws {
    for share in [nil, 0.5] {
      var settings: [String: ConfigurationValue] = [
        "axis": .string(axis.0), "perChannel": .bool(perChannel),
      ]
      settings["ownShare"] = share.map { .number($0) }
      let built = try catalog.entry("cross-stitch").buildSmall(
        settings, for: TinyProblem.oneLevel.problem, seed: 1)
      let (own, others) = (share ?? 0.9, (1 - (share ?? 0.9)) / Double(axis.count - 1))
      let factors = try built.weights("units/0/factors").values
      let width = factors.count / (axis.count * axis.count)
      for (index, factor) in factors.enumerated() {
        let pair = index / width
        let isOwn = pair / axis.count == pair % axis.count
        #expect(factor == Float(isOwn ? own : others))
      }
    }
  }
}

extension Tensor {
  /// The greatest difference between the products of rows or columns, whichever are fewer, and the identity.
  fileprivate var departureFromOrthogonality: Double {
    let (rows, columns) = (rowCount, columnCount)
    let values = values.map(Double.init)
    let narrow = min(rows, columns)
    func element(_ i: Int, _ vector: Int) -> Double {
      values[rows >= columns ? i * columns + vector : vector * columns + i]
    }
    var worst = 0.0
    for a in 0..<narrow {
      for b in 0...a {
        let product = (0..<max(rows, columns)).reduce(0) { $0 + element($1, a) * element($1, b) }
        worst = max(worst, abs(product - (a == b ? 1 : 0)))
      }
    }
    return worst
  }
}
