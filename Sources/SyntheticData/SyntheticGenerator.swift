import Datasets
import TensorCore

/// Draws the rows of a synthetic world, chunk by chunk.
///
/// The teacher depends on the world, the settings and the seed; a chunk depends on these, its split
/// and its number. So the rows do not depend on the number of threads, and a larger data set begins
/// every split with the whole chunks of a smaller one.
struct SyntheticGenerator: Sendable {
  let world: SyntheticWorld
  private let streams: RandomStreams
  let sampler: PageSampler
  let teacher: PlantedTeacher

  /// Rows in a chunk; the last chunk of a split may have fewer.
  static let chunkSize = 4096

  /// Plants the teacher.
  ///
  /// - Throws: ``Diagnostic`` where the settings make a scenario's rates impossible.
  init(_ world: SyntheticWorld, settings: SyntheticSettings, seed: UInt64) throws {
    let world = try world.scaled(by: settings)
    self.world = world
    streams = RandomStreams(seed: seed)
    sampler = PageSampler(world, from: streams)
    teacher = PlantedTeacher(world, sampler: sampler, settings: settings, from: streams)
  }

  /// Returns the rows of one chunk.
  func chunk(_ index: Int, rowCount: Int, of split: SplitName) -> SyntheticChunk {
    SyntheticChunk(
      rowCount: rowCount, world: world, sampler: sampler, teacher: teacher,
      from: streams["rows/\(split.rawValue)/\(index)"])
  }

  /// Hands over the chunks of a split in order, several being drawn at a time; pages are numbered
  /// from 0 within the split.
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
