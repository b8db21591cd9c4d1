import Foundation
import Ranking
import TensorCore

/// The rows of one split of a cache, read from memory-mapped files.
final class CachedRows: RowSource, @unchecked Sendable {
  let problem: Problem
  let rowCount: Int
  private let files: [MappedFile]
  private let ids: UnsafeBufferPointer<Int32>
  private let bags: [(offsets: UnsafeBufferPointer<Int64>, ids: UnsafeBufferPointer<Int32>)]
  private let numericals: UnsafeBufferPointer<Float>
  private let leaves: UnsafeBufferPointer<Int32>
  private let labels: UnsafeBufferPointer<UInt8>
  private let mask: UnsafeBufferPointer<UInt8>?
  private let groupNumbers: UnsafeBufferPointer<Int32>?
  private static let rowsPerBlock = 512

  /// Maps the files of a split.
  ///
  /// - Throws: ``DataError`` where one is missing, or its size or (on request) digest is not what
  ///   the manifest says.
  init(_ split: SplitManifest, problem: Problem, in folder: URL, verifyingDigests: Bool) throws {
    let rowCount = split.counts.rowCount
    var mapped: [ColumnFile: MappedFile] = [:]
    for file in ColumnFile.all(for: problem) {
      guard let described = split.files.first(where: { $0.name == file.name }) else { continue }
      let path = folder.appending(path: split.name.rawValue).appending(path: file.name).path
      let byteCount = file.byteCount(rowCount: rowCount, problem: problem) ?? described.byteCount
      let mapping = try MappedFile(path: path, byteCount: byteCount)
      if verifyingDigests, mapping.digest != described.digest {
        throw DataError(
          "\(path) is corrupt: its digest is not the one in \(DatasetManifest.fileName)")
      }
      mapped[file] = mapping
    }
    func column<Number: BitwiseCopyable>(_ file: ColumnFile, _ type: Number.Type) throws
      -> UnsafeBufferPointer<Number>
    {
      guard let mapping = mapped[file] else {
        throw DataError(
          "\(folder.path)/\(DatasetManifest.fileName) is corrupt: the \(split.name.rawValue) split "
            + "lacks \(file.name)")
      }
      return mapping.numbers(type)
    }
    self.problem = problem
    self.rowCount = rowCount
    ids = try column(.ids, Int32.self)
    bags = try problem.bags.indices.map { index in
      let bag = (
        offsets: try column(.bagOffsets(index), Int64.self),
        ids: try column(.bagIDs(index), Int32.self)
      )
      guard bag.offsets.last == Int64(bag.ids.count) else {
        throw DataError(
          "\(folder.path)/\(split.name.rawValue)/\(ColumnFile.bagOffsets(index).name) is corrupt: "
            + "its end is not the number of ids")
      }
      return bag
    }
    numericals = try column(.numericals, Float.self)
    leaves = try column(.leaves, Int32.self)
    labels = try column(.labels, UInt8.self)
    mask = mapped[.mask] == nil ? nil : try column(.mask, UInt8.self)
    groupNumbers = mapped[.groups] == nil ? nil : try column(.groups, Int32.self)
    files = Array(mapped.values)
  }

  var groups: [Int32]? { groupNumbers.map { Array($0) } }

  func batch(rows: [Int32]) -> LabeledBatch {
    let count = rows.count
    let fieldCount = problem.fields.count
    let numericalCount = problem.numericals.count
    let taskCount = problem.tasks.count
    let numericalTensor = Tensor(uninitialized: [count, numericalCount])
    let labelTensor = Tensor(uninitialized: [count, taskCount])
    let maskTensor = Tensor(uninitialized: [count, taskCount])
    var batchIDs = [Int32](repeating: 0, count: count * fieldCount)
    var batchLeaves = [Int32](repeating: 0, count: count)
    rows.withUnsafeBufferPointer { rows in
      batchIDs.withUnsafeMutableBufferPointer { batchIDs in
        batchLeaves.withUnsafeMutableBufferPointer { batchLeaves in
          let target = Target(
            rows: rows, ids: batchIDs, leaves: batchLeaves, numericals: numericalTensor.pointer,
            labels: labelTensor.pointer, mask: maskTensor.pointer)
          parallelFor(count, blockSize: Self.rowsPerBlock) { block in
            self.copy(
              block, to: target, fieldCount: fieldCount, numericalCount: numericalCount,
              taskCount: taskCount)
          }
        }
      }
    }
    let batch = Batch(
      ids: batchIDs, bags: bags.map { Self.gather(rows, offsets: $0.offsets, ids: $0.ids) },
      numericals: numericalTensor, leaves: batchLeaves)
    return LabeledBatch(batch: batch, labels: labelTensor, mask: maskTensor)
  }

  /// Where the parts of a batch go.
  private struct Target: @unchecked Sendable {
    let rows: UnsafeBufferPointer<Int32>
    let ids: UnsafeMutableBufferPointer<Int32>
    let leaves: UnsafeMutableBufferPointer<Int32>
    let numericals: UnsafeMutablePointer<Float>
    let labels: UnsafeMutablePointer<Float>
    let mask: UnsafeMutablePointer<Float>
  }

  private func copy(
    _ block: Range<Int>, to target: Target, fieldCount: Int, numericalCount: Int, taskCount: Int
  ) {
    for position in block {
      let row = Int(target.rows[position])
      precondition(row >= 0 && row < rowCount, "row \(row) is not in 0..<\(rowCount)")
      target.leaves[position] = leaves[row]
      for i in 0..<fieldCount {
        target.ids[position * fieldCount + i] = ids[row * fieldCount + i]
      }
      for i in 0..<numericalCount {
        target.numericals[position * numericalCount + i] = numericals[row * numericalCount + i]
      }
      for i in 0..<taskCount {
        target.labels[position * taskCount + i] = Float(labels[row * taskCount + i])
        target.mask[position * taskCount + i] = mask.map { Float($0[row * taskCount + i]) } ?? 1
      }
    }
  }

  private static func gather(
    _ rows: [Int32], offsets: UnsafeBufferPointer<Int64>, ids: UnsafeBufferPointer<Int32>
  ) -> Batch.Bag {
    var batchOffsets = [Int32](repeating: 0, count: rows.count + 1)
    var total = 0
    for (position, row) in rows.enumerated() {
      total += Int(offsets[Int(row) + 1] - offsets[Int(row)])
      batchOffsets[position + 1] = Int32(total)
    }
    var batchIDs: [Int32] = []
    batchIDs.reserveCapacity(total)
    for row in rows {
      batchIDs.append(contentsOf: ids[Int(offsets[Int(row)])..<Int(offsets[Int(row) + 1])])
    }
    return Batch.Bag(offsets: batchOffsets, ids: batchIDs)
  }
}
