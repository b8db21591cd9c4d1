import Datasets
import Synchronization
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
  ) rethrows {
    let chunkCount = (rowCount + Self.chunkSize - 1) / Self.chunkSize
    var pageCount = 0
    let waveSize = 4 * Parallelism.threadCount
    for first in stride(from: 0, to: chunkCount, by: waveSize) {
      let wave = first..<min(chunkCount, first + waveSize)
      let chunks = Mutex([SyntheticChunk?](repeating: nil, count: wave.count))
      parallelFor(wave.count, blockSize: 1) { block in
        for position in block {
          let index = first + position
          let rows = min(Self.chunkSize, rowCount - index * Self.chunkSize)
          let chunk = chunk(index, rowCount: rows, of: split)
          chunks.withLock { $0[position] = chunk }
        }
      }
      for case var chunk? in chunks.withLock({ $0 }) {
        chunk.block.groups = chunk.block.groups?.map { $0 + Int32(pageCount) }
        pageCount += chunk.pageCount
        try body(chunk)
      }
    }
  }
}
