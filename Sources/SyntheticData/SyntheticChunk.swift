import Datasets
import Ranking
import TensorCore

/// Rows of whole search pages with their labels and the probabilities these were drawn from.
struct SyntheticChunk: Sendable {
  /// The rows, pages numbered from 0 within the chunk.
  var block: RowBlock

  /// The number of pages; the last may be cut short.
  var pageCount = 0

  /// The probability of every label: `[rowCount, tasks]`, row-major.
  var probabilities: [Double]

  /// Draws `rowCount` rows, with all randomness from `stream`.
  init(
    rowCount: Int, world: SyntheticWorld, sampler: PageSampler, teacher: PlantedTeacher,
    from stream: RandomStream
  ) {
    var stream = stream
    var page = SideFeatures(world.page)
    var impression = SideFeatures(world.impression)
    let taskCount = SyntheticWorld.taskNames.count
    var bags = [world.page.bag, world.impression.bag].compactMap { $0 }
      .map { _ in Batch.Bag(offsets: [0], ids: []) }
    block = RowBlock(ids: [], numericals: [], leaves: [], labels: [], groups: [])
    probabilities = []
    block.ids.reserveCapacity(rowCount * (page.ids.count + impression.ids.count))
    block.numericals.reserveCapacity(
      rowCount * (page.numericals.count + impression.numericals.count))
    block.leaves.reserveCapacity(rowCount)
    block.labels.reserveCapacity(rowCount * taskCount)
    probabilities.reserveCapacity(rowCount * taskCount)
    var groups: [Int32] = []
    groups.reserveCapacity(rowCount)

    while groups.count < rowCount {
      let leaf = sampler.drawLeaf(from: &stream)
      let pageSize = sampler.drawPageSize(from: &stream)
      sampler.drawPage(into: &page, leaf: leaf, from: &stream)
      let pageSums = teacher.pageSums(page, leaf: leaf)
      for _ in 0..<min(pageSize, rowCount - groups.count) {
        sampler.drawImpression(into: &impression, on: page, leaf: leaf, from: &stream)
        let truth = teacher.probabilities(impression, on: pageSums, leaf: leaf)
        let isClicked = stream.uniform() < truth.click
        let isPurchased = stream.uniform() < truth.purchaseAfterClick && isClicked
        block.ids += page.ids
        block.ids += impression.ids
        block.numericals += page.numericals
        block.numericals += impression.numericals
        block.leaves.append(Int32(leaf))
        block.labels.append(isClicked ? 1 : 0)
        block.labels.append(isPurchased ? 1 : 0)
        probabilities.append(truth.click)
        probabilities.append(truth.click * truth.purchaseAfterClick)
        groups.append(Int32(pageCount))
        var bagIndex = 0
        if world.page.bag != nil {
          bags[bagIndex].append(page.bag)
          bagIndex += 1
        }
        if world.impression.bag != nil { bags[bagIndex].append(impression.bag) }
      }
      pageCount += 1
    }
    block.bags = bags
    block.groups = groups
  }
}

extension Batch.Bag {
  /// Appends the values of one row.
  fileprivate mutating func append(_ values: [Int32]) {
    ids += values
    offsets.append(Int32(ids.count))
  }
}
