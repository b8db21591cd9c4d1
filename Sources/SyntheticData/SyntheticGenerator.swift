import Datasets
import Ranking
import TensorCore

/// Draws the rows of a synthetic world, chunk by chunk.
///
/// The teacher depends on the world, the settings and the seed; a chunk also depends on its split
/// and its number. So the rows do not depend on the number of threads, and every split of a larger
/// data set begins with the whole chunks of a smaller one.
struct SyntheticGenerator: Sendable {
  let world: SyntheticWorld
  private let streams: RandomStreams
  let sampler: PageSampler
  let teacher: PlantedTeacher

  /// The number of rows in a chunk; the last chunk of a split may have fewer.
  static let chunkSize = 4096

  /// Plants the teacher.
  ///
  /// - Throws: ``Diagnostic`` if the settings make a scenario's rates impossible.
  init(_ design: any SyntheticDesign, seed: UInt64) throws {
    let world = try design.world.scaled(by: design.teacher)
    self.world = world
    streams = RandomStreams(seed: seed)
    sampler = PageSampler(world, from: streams)
    teacher = PlantedTeacher(design, in: world, sampler: sampler, from: streams)
  }

  /// Returns the rows of one chunk.
  func chunk(_ index: Int, rowCount: Int, of split: SplitName) -> SyntheticChunk {
    SyntheticChunk(
      rowCount: rowCount, world: world, sampler: sampler, teacher: teacher,
      from: streams["rows/\(split.rawValue)/\(index)"])
  }

  /// Passes on the chunks of a split in order, drawing several at a time; pages are numbered from 0
  /// within the split.
  func forEachChunk(
    of split: SplitName, rowCount: Int, _ body: (SyntheticChunk) throws -> Void
  ) throws {
    var starts = stride(from: 0, to: rowCount, by: Self.chunkSize).makeIterator()
    var pageCount = 0
    try orderedPipeline(
      next: { starts.next() },
      work: { start in
        chunk(
          start / Self.chunkSize, rowCount: min(Self.chunkSize, rowCount - start), of: split)
      },
      inOrder: { chunk in
        var chunk = chunk
        chunk.block.groups = chunk.block.groups?.map { $0 + Int32(pageCount) }
        pageCount += chunk.pageCount
        try body(chunk)
      })
  }
}

/// Rows of whole search pages with their labels and the probabilities that these were drawn from.
struct SyntheticChunk: Sendable {
  /// The rows, with pages numbered from 0 within the chunk.
  var block: RowBlock

  /// The number of pages; the last one may be truncated.
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
