import Configuration
import Datasets
import Foundation
import TensorCore
import TestKit
import Testing

// Internal: SyntheticGenerator.
@testable import SyntheticData

@Suite struct SyntheticDatasetTests {
  @Test func sameSeedGivesTheSameBytesOnAnyNumberOfThreads() throws {
    let folder = try TemporaryFolder()
    let recipe = try SyntheticSupport.frequent()
    let one = try recipe.generate(into: folder["one"], rows: 60_000, seed: 7)
    Parallelism.use(threadCount: 3)
    defer { Parallelism.use(threadCount: 1) }
    let three = try recipe.generate(into: folder["three"], rows: 60_000, seed: 7)
    #expect(one.fingerprint == three.fingerprint)
    #expect(one.ceilings == three.ceilings)
    #expect(one.manifest.splits == three.manifest.splits)
    let other = try recipe.generate(into: folder["other"], rows: 60_000, seed: 8)
    #expect(one.fingerprint != other.fingerprint)
  }

  /// Run ids of published tables follow from these.
  ///
  /// Another C library may round the logarithms and cosines that draws are made of otherwise; then
  /// nothing can be said.
  @Test(
    .enabled("this C library rounds elementary functions as glibc 2.36 does") {
      ElementaryFunctionRounding.digest == ElementaryFunctionRounding.recorded
    },
    arguments: [
      ("aliexpress", 4.0, 50.0, "6e885c1d23d72d85e82cdb45376c73bf977944b30275fdeeeb8c0b21a081e3d0"),
      ("entrance-card", 4, 5, "7101e091a348d6384e8c5f01586b0599971fd66cfc9c3dfb6c0a4f6aca53f9d2"),
      ("many-scenarios", 1, 1, "9864fa74c8c35a3be4e46656d2f880dcc4edebecac0bc811fdadd36928029926"),
    ])
  func twinsKeepTheirFingerprints(
    id: String, clicks: Double, purchases: Double, fingerprint: String
  ) throws {
    let folder = try TemporaryFolder()
    let recipe = try SyntheticRecipe.named(
      id, overriding: ["ctrMultiplier": .number(clicks), "ctcvrMultiplier": .number(purchases)])
    let twin = try recipe.generate(into: folder["twin"], rows: 20_000)
    #expect(twin.fingerprint == fingerprint)
  }

  @Test func aKnobChangesLabelsAndKeepsFeatures() throws {
    let plain = try SyntheticSupport.entranceCard.get().chunk(0, rowCount: 4096, of: .train)
    let changed = try SyntheticSupport.plant("entrance-card") { $0.scenarioStrength = 2 }.get()
      .chunk(0, rowCount: 4096, of: .train)
    #expect(plain.block.numericals == changed.block.numericals)
    #expect(plain.block.labels != changed.block.labels)
  }

  @Test func aTenthEachIsValidationAndTest() throws {
    let folder = try TemporaryFolder()
    var reports: [[Int]] = []
    let dataset = try SyntheticSupport.frequent()
      .generate(into: folder["twin"], rows: 50_005) { reports.append([$0, $1]) }
    #expect(SplitName.allCases.map { dataset.counts(of: $0).rowCount } == [40_005, 5_000, 5_000])
    #expect(reports.last == [50_005, 50_005])
    #expect(reports.count == 10 + 2 + 2)
    #expect(zip(reports, reports.dropFirst()).allSatisfy { $0[0] < $1[0] })
    #expect(dataset.manifest.provenance["recipe"] == "aliexpress")
    #expect(dataset.manifest.provenance["seed"] == "2022")
    #expect(dataset.manifest.provenance["settings"]?.contains("\"ctcvrMultiplier\":30") == true)
  }

  @Test func ceilingsAreStoredWithTheDataAndBelongToItsTestSplit() throws {
    let folder = try TemporaryFolder()
    let recipe = try SyntheticSupport.frequent()
    _ = try recipe.generate(into: folder["twin"], rows: 60_000, seed: 9)
    let dataset = try Dataset.open(at: folder["twin"], verifyingDigests: true)
    let ceilings = try #require(dataset.ceilings)

    let generator = try SyntheticGenerator(recipe.design, seed: 9)
    let chunks = try SyntheticSupport.chunks(of: generator, .test, rows: 6000)
    let rows = try dataset.test.rows.batch(rows: (0..<6000).map { Int32($0) })
    let scores = chunks.flatMap { chunk in
      stride(from: 1, to: chunk.probabilities.count, by: 2).map { chunk.probabilities[$0] }
    }
    let labels = stride(from: 1, to: 12_000, by: 2).map { Double(rows.labels.values[$0]) }
    #expect(
      ceilings.realized?.pooled[1] == pairwiseAUC(scores: scores, positiveWeights: labels))
    #expect(ceilings.expected.pooled[1] == pairwiseAUC(scores: scores, positiveWeights: scores))
    #expect(ceilings.expected.cells.map(\.count) == [5, 5])
  }

  @Test func aLargerDataSetBeginsLikeASmallerOne() throws {
    let generator = try SyntheticSupport.entranceCard.get()
    let short = generator.chunk(2, rowCount: 100, of: .train).block
    let long = generator.chunk(2, rowCount: 300, of: .train).block
    #expect(short.labels.elementsEqual(long.labels.prefix(200)))
    #expect(short.numericals.elementsEqual(long.numericals.prefix(short.numericals.count)))
    let other = generator.chunk(3, rowCount: 100, of: .train).block
    #expect(other.numericals != short.numericals)
    let test = generator.chunk(2, rowCount: 100, of: .test).block
    #expect(test.numericals != short.numericals)
  }

  @Test func bagsAndIdentifiersComeBackFromTheCache() throws {
    let folder = try TemporaryFolder()
    let dataset = try SyntheticRecipe.named("entrance-card")
      .generate(into: folder["twin"], rows: 60_000)
    let batch = try dataset.validation.rows.batch(rows: [0, 5000]).batch
    #expect(batch.bags.count == 1)
    #expect(batch.bags[0].offsets.count == 3)
    #expect(dataset.problem.fields.map(\.vocabularySize).max() == 4001)
    #expect(try dataset.training.rows.groups != nil)
  }
}

/// The bits that this machine's elementary functions give for some arguments.
private enum ElementaryFunctionRounding {
  static let recorded =
    "a856fd04b55fc54349ea639225df2435b3b4f65935b2b5ae22675c31beb758ad"

  static var digest: String {
    let values = (1...20_000).flatMap { number -> [Double] in
      let x = Double(number) / 1237
      return [x.naturalLogarithm, x.cosine, x.sine, (-x).exponential, x.hyperbolicTangent]
    }
    return Digest(
      of: values.flatMap { value in
        (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
      }
    )
    .description
  }
}
