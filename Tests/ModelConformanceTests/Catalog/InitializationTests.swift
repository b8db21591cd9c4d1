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
