import Foundation
import Ranking
import Synchronization
import TensorCore

/// The rows of one split of a cache, read from its column files as they are asked for.
final class CachedRows: RowSource {
  let problem: Problem
  let rowCount: Int
  private let ids: ColumnReader
  private let bags: [CachedBag]
  private let numericals: ColumnReader
  private let leaves: ColumnReader
  private let labels: ColumnReader
  private let mask: ColumnReader?
  private let groupNumbers: ColumnReader?
  private static let rowsPerBlock = 512

  /// Opens the files of a split.
  ///
  /// - Throws: ``DataError`` where one is missing, or its size or (on request) digest is not what
  ///   the manifest says.
  init(
    _ split: SplitManifest, problem: Problem, in folder: URL, verifyingDigests: Bool,
    mappedByteLimit: Int
  ) throws {
    let rowCount = split.counts.rowCount
    func reader(_ file: ColumnFile) throws -> ColumnReader? {
      guard let described = split.files.first(where: { $0.name == file.name }) else { return nil }
      let path = folder.appending(path: split.name.rawValue).appending(path: file.name).path
      let reader = try ColumnReader(
        path: path,
        byteCount: file.byteCount(rowCount: rowCount, problem: problem) ?? described.byteCount,
        mappedByteLimit: mappedByteLimit)
      if verifyingDigests, try reader.digest() != described.digest {
        throw DataError(
          "\(path) is corrupt: its digest is not the one in \(DatasetManifest.fileName)")
      }
      return reader
    }
    func column(_ file: ColumnFile) throws -> ColumnReader {
      guard let reader = try reader(file) else {
        throw DataError(
          "\(folder.path)/\(DatasetManifest.fileName) is corrupt: the \(split.name.rawValue) split "
            + "lacks \(file.name)")
      }
      return reader
    }
    self.problem = problem
    self.rowCount = rowCount
    ids = try column(.ids)
    bags = try problem.bags.indices.map { index in
      let bag = CachedBag(
        offsets: try column(.bagOffsets(index)), ids: try column(.bagIDs(index)))
      guard try bag.isWhole(rowCount: rowCount) else {
        throw DataError(
          "\(folder.path)/\(split.name.rawValue)/\(ColumnFile.bagOffsets(index).name) is corrupt: "
            + "its end is not the number of ids")
      }
      return bag
    }
    numericals = try column(.numericals)
    leaves = try column(.leaves)
    labels = try column(.labels)
    mask = try reader(.mask)
    groupNumbers = try reader(.groups)
  }

  var groups: [Int32]? {
    get throws { try groupNumbers?.numbers(0..<rowCount, of: Int32.self) }
  }

  func batch(rows: [Int32]) throws -> LabeledBatch {
    precondition(
      rows.allSatisfy { $0 >= 0 && $0 < rowCount }, "a row is not in 0..<\(rowCount)")
    let numericals = Tensor(uninitialized: [rows.count, problem.numericals.count])
    let labels = Tensor(uninitialized: [rows.count, problem.tasks.count])
    let mask = Tensor(repeating: 1, shape: labels.shape)
    var ids = [Int32](repeating: 0, count: rows.count * problem.fields.count)
    var leaves = [Int32](repeating: 0, count: rows.count)
    try ids.withUnsafeMutableBufferPointer { ids in
      try leaves.withUnsafeMutableBufferPointer { leaves in
        let target = Target(
          ids: ids, leaves: leaves, numericals: numericals.pointer, labels: labels.pointer,
          mask: mask.pointer)
        let failure = Mutex<(any Error)?>(nil)
        parallelFor(rows.count, blockSize: Self.rowsPerBlock) { block in
          do {
            try rows.forEachRun(in: block) { try copy($1, to: target, at: $0) }
          } catch {
            failure.withLock { $0 = error }
          }
        }
        if let error = failure.withLock({ $0 }) { throw error }
      }
    }
    let batch = Batch(
      ids: ids, bags: try bags.map { try $0.batch(rows: rows) }, numericals: numericals,
      leaves: leaves)
    return LabeledBatch(batch: batch, labels: labels, mask: mask)
  }

  /// Where the parts of a batch go.
  private struct Target: @unchecked Sendable {
    let ids: UnsafeMutableBufferPointer<Int32>
    let leaves: UnsafeMutableBufferPointer<Int32>
    let numericals: UnsafeMutablePointer<Float>
    let labels: UnsafeMutablePointer<Float>
    let mask: UnsafeMutablePointer<Float>
  }

  /// Copies neighbouring rows to the rows of a batch from `position` on.
  private func copy(_ rows: Range<Int>, to target: Target, at position: Int) throws {
    func copy<Number: BitwiseCopyable>(
      _ column: ColumnReader, width: Int, to target: UnsafeMutablePointer<Number>?
    ) throws {
      guard let target else { return }
      try column.copy(
        rows.count * width, from: rows.lowerBound * width, to: target + position * width)
    }
    func copyBytes(
      _ column: ColumnReader, width: Int, to target: UnsafeMutablePointer<Float>
    ) throws {
      let count = rows.count * width
      try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(1, count)) { bytes in
        guard let bytes = bytes.baseAddress else { return }
        try column.copy(count, from: rows.lowerBound * width, to: bytes)
        for i in 0..<count { target[position * width + i] = Float(bytes[i]) }
      }
    }
    try copy(leaves, width: 1, to: target.leaves.baseAddress)
    try copy(ids, width: problem.fields.count, to: target.ids.baseAddress)
    try copy(numericals, width: problem.numericals.count, to: target.numericals)
    try copyBytes(labels, width: problem.tasks.count, to: target.labels)
    if let mask { try copyBytes(mask, width: problem.tasks.count, to: target.mask) }
  }
}
