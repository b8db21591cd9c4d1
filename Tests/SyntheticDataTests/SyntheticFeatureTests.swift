import Ranking
import Testing

// Internal: SampleMoments, SyntheticWorld.
@testable import SyntheticData

@Suite struct SyntheticFeatureTests {
  @Test func aliExpressHasThePublishedFields() throws {
    let problem = SyntheticWorld.aliexpress.problem
    #expect(problem.fields.map(\.name) == (1...16).map { "categorical_\($0)" })
    // One id more than values: 0 is kept for unknown ones.
    #expect(
      problem.fields.map { $0.vocabularySize - 1 }
        == [11, 4, 7, 2, 33, 7, 50, 8, 8, 2, 2, 2, 2, 2, 2, 2])
    #expect(problem.numericals == (1...63).map { "numerical_\($0)" })
    #expect(problem.scenarios.leafNames == ["RU", "ES", "FR", "NL", "US"])
    #expect(
      problem.tasks == [RankingTask(name: "ctr"), RankingTask(name: "ctcvr", follows: "ctr")])
  }

  @Test func entranceCardIsATreeWhereCardTypesRecurAndPathsAreMissing() throws {
    let tree = SyntheticWorld.entranceCard.problem.scenarios
    #expect(tree.depth == 2)
    #expect(tree.leafCount < tree.levels[0].values.count * tree.levels[1].values.count)
    let fundEntrances = tree.leaves.filter { $0[1] == 0 }.map { $0[0] }
    #expect(Set(fundEntrances).count == 3)
  }

  @Test func everyValueOccursAndUnknownNever() throws {
    let generator = try SyntheticSupport.aliexpress.get()
    let chunks = try SyntheticSupport.chunks(of: generator, rows: 100_000)
    let fields = generator.world.problem.fields
    for (index, field) in fields.enumerated() {
      let values = Set(
        chunks.flatMap { chunk in
          stride(from: index, to: chunk.block.ids.count, by: fields.count).map {
            Int(chunk.block.ids[$0])
          }
        })
      #expect(values == Set(1..<field.vocabularySize), "\(field.name)")
    }
  }

  @Test func numericalsLieInTheUnitIntervalAreSkewedAndCorrelated() throws {
    let generator = try SyntheticSupport.aliexpress.get()
    let chunks = try SyntheticSupport.chunks(of: generator, rows: 20_480)
    let columns = (0..<63).map { column in
      chunks.flatMap { chunk in
        stride(from: column, to: chunk.block.numericals.count, by: 63).map {
          Double(chunk.block.numericals[$0])
        }
      }
    }
    #expect(columns.allSatisfy { $0.allSatisfy { (0...1).contains($0) } })
    let moments = columns.map(SampleMoments.init)
    #expect(moments.allSatisfy { $0.standardDeviation > 0.02 })
    let skewnesses = zip(columns, moments).map { column, moments in
      column.reduce(0) { sum, value in
        let z = moments.standardized(value)
        return sum + z * z * z
      } / Double(column.count)
    }
    #expect(skewnesses.filter { $0 > 0.5 }.count > 20)
    var stronglyCorrelatedPairs = 0
    for i in 0..<63 {
      for j in 0..<i {
        let correlation =
          zip(columns[i], columns[j]).reduce(0) {
            $0 + moments[i].standardized($1.0) * moments[j].standardized($1.1)
          } / Double(columns[i].count)
        if abs(correlation) > 0.3 { stronglyCorrelatedPairs += 1 }
      }
    }
    #expect(stronglyCorrelatedPairs > 100)
  }

  @Test func impressionsOfAPageShareThePageSideOnly() throws {
    let generator = try SyntheticSupport.aliexpress.get()
    let block = generator.chunk(0, rowCount: 4096, of: .train).block
    let groups = try #require(block.groups)
    var differences = 0
    for row in 1..<groups.count where groups[row] == groups[row - 1] {
      #expect(block.leaves[row] == block.leaves[row - 1])
      #expect(
        block.ids[row * 16..<row * 16 + 9].elementsEqual(
          block.ids[(row - 1) * 16..<(row - 1) * 16 + 9]))
      #expect(
        block.numericals[row * 63..<row * 63 + 23].elementsEqual(
          block.numericals[(row - 1) * 63..<(row - 1) * 63 + 23]))
      if block.numericals[row * 63 + 23] != block.numericals[(row - 1) * 63 + 23] {
        differences += 1
      }
    }
    #expect(differences > 2000)
    let sizes = (0...(groups.last ?? 0)).map { page in groups.filter { $0 == page }.count }
    #expect(sizes.dropLast().allSatisfy { (5...15).contains($0) })
  }

  @Test func pagesAreNumberedThroughTheSplit() throws {
    let chunks = try SyntheticSupport.chunks(
      of: SyntheticSupport.entranceCard.get(), rows: 20_000)
    let groups = chunks.flatMap { $0.block.groups ?? [] }
    #expect(groups.first == 0)
    #expect(zip(groups, groups.dropFirst()).allSatisfy { $1 == $0 || $1 == $0 + 1 })
    #expect(Int(groups.last ?? 0) == chunks.reduce(0) { $0 + $1.pageCount } - 1)
  }

  @Test func aUserHasTheSameFieldsAndInterestsWheneverSeen() throws {
    let chunks = try SyntheticSupport.chunks(
      of: SyntheticSupport.entranceCard.get(), rows: 40_000)
    var profiles: [Int32: [Int32]] = [:]
    var repeats = 0
    var bagSizes: Set<Int> = []
    for chunk in chunks {
      let bag = chunk.block.bags[0]
      for row in chunk.block.leaves.indices {
        let interests = bag.ids[Int(bag.offsets[row])..<Int(bag.offsets[row + 1])]
        let ids = chunk.block.ids[row * 9..<row * 9 + 9]
        let profile = Array(ids.dropFirst().prefix(4)) + interests
        if let known = profiles[ids[row * 9]] {
          #expect(known == profile)
          repeats += 1
        }
        profiles[ids[row * 9]] = profile
        bagSizes.insert(interests.count)
      }
    }
    #expect(repeats > 20_000)
    #expect(profiles.count > 2_000)
    #expect(bagSizes.isSuperset(of: [0, 1, 2, 3]))
  }
}
