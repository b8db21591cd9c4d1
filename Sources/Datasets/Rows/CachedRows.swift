import Configuration
import Foundation
import Ranking
import Synchronization
import TensorCore

/// The rows of one split of a cache, read from its column files on demand.
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
  private let weights: ColumnReader?
  private let ranges: RowRanges
  private let path: String

  /// All column files, with their expected digests.
  let readers: [CheckedReader]

  struct CheckedReader: Sendable {
    let reader: ColumnReader
    let digest: String
  }

  private static let rowsPerBlock = 512

  /// Opens the files of a split.
  ///
  /// - Throws: ``Diagnostic`` if one is missing, or its size differs from the manifest.
  init(_ split: SplitManifest, problem: Problem, in folder: URL, mappedByteLimit: Int) throws {
    let rowCount = split.counts.rowCount
    let place = folder.appending(path: split.name.rawValue)
    var readers: [CheckedReader] = []
    func reader(_ file: ColumnFile) throws -> ColumnReader? {
      guard let described = split.files.first(where: { $0.name == file.name }) else { return nil }
      let reader = try ColumnReader(
        path: place.appending(path: file.name).path, byteCount: described.byteCount,
        mappedByteLimit: mappedByteLimit)
      readers.append(CheckedReader(reader: reader, digest: described.digest))
      return reader
    }
    func column(_ file: ColumnFile) throws -> ColumnReader {
      guard let reader = try reader(file) else {
        throw Diagnostic(
          "is corrupt: the \(split.name.rawValue) split lacks \(file.name)"
        ).at("\(folder.path)/\(DatasetManifest.fileName)")
      }
      return reader
    }
    self.problem = problem
    self.rowCount = rowCount
    ranges = RowRanges(problem)
    path = place.path
    ids = try column(.ids)
    bags = try problem.bags.enumerated().map { index, field in
      CachedBag(
        field: field, offsets: try column(.bagOffsets(index)), ids: try column(.bagIDs(index)))
    }
    numericals = try column(.numericals)
    leaves = try column(.leaves)
    labels = try column(.labels)
    mask = try reader(.mask)
    groupNumbers = try reader(.groups)
    weights = try reader(.weights)
    self.readers = readers
    for bag in bags { try bag.checkEnd(rowCount: rowCount) }
  }

  var groups: [Int32]? {
    get throws {
      guard let groupNumbers else { return nil }
      let groups = try groupNumbers.numbers(0..<rowCount, of: Int32.self)
      if let row = groups.firstIndex(where: { $0 < 0 }) {
        throw corrupt(Diagnostic("row \(row): group \(groups[row]) is negative"))
      }
      return groups
    }
  }

  private func corrupt(_ error: Diagnostic) -> Diagnostic {
    error.at("is corrupt").at(path).adding("import the data again")
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
        // The failure of the lowest block, so that the message does not depend on threads.
        let failure = Mutex<(start: Int, error: any Error)?>(nil)
        parallelFor(rows.count, blockSize: Self.rowsPerBlock) { block in
          do {
            try rows.forEachRun(in: block) { try copy($1, to: target, at: $0) }
            if !ranges.hold(block, of: target) { try explain(rows[block], target, block) }
          } catch {
            failure.withLock {
              if block.lowerBound < $0?.start ?? .max { $0 = (block.lowerBound, error) }
            }
          }
        }
        if let error = failure.withLock({ $0?.error }) { throw error }
      }
    }
    let batch = Batch(
      ids: ids, bags: try bags.map { try $0.batch(rows: rows) }, numericals: numericals,
      leaves: leaves)
    return LabeledBatch(
      batch: batch, labels: labels, mask: mask,
      weights: try weights.map { try weights(rows, of: $0) })
  }

  /// Returns the weights of rows.
  private func weights(_ rows: [Int32], of column: ColumnReader) throws -> [Float] {
    var weights: [Float] = []
    weights.reserveCapacity(rows.count)
    try rows.forEachRun(in: rows.indices) { _, run in
      weights += try column.numbers(run, of: Float.self)
    }
    if let position = weights.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
      throw corrupt(
        Diagnostic("row \(rows[position]): the weight is \(weights[position]), but must be above 0")
      )
    }
    return weights
  }

  /// Throws the error of the first row that is out of range.
  private func explain(_ rows: ArraySlice<Int32>, _ target: Target, _ block: Range<Int>) throws {
    for (position, number) in zip(block, rows) {
      let row = target.block(of: position, problem)
      do {
        try row.validate(for: problem)
      } catch {
        throw corrupt(error.diagnostic(firstRow: Int(number)))
      }
      let undefined = zip(row.labels, row.mask ?? row.labels).enumerated().first { $1.0 > $1.1 }
      if let task = undefined?.offset {
        throw corrupt(
          Diagnostic(
            "row \(number): the label of task '\(problem.tasks[task].name)' is 1, but "
              + "the task is not defined there"))
      }
    }
  }

  /// The destination of the parts of a batch.
  struct Target: @unchecked Sendable {
    let ids: UnsafeMutableBufferPointer<Int32>
    let leaves: UnsafeMutableBufferPointer<Int32>
    let numericals: UnsafeMutablePointer<Float>
    let labels: UnsafeMutablePointer<Float>
    let mask: UnsafeMutablePointer<Float>

    /// Returns one row, without the multi-valued fields.
    func block(of row: Int, _ problem: Problem) -> RowBlock {
      func part<Number>(_ start: UnsafeMutablePointer<Number>?, _ width: Int) -> [Number] {
        Array(UnsafeBufferPointer(start: start.map { $0 + row * width }, count: width))
      }
      return RowBlock(
        ids: part(ids.baseAddress, problem.fields.count),
        bags: problem.bags.map { _ in Batch.Bag(offsets: [0, 0], ids: []) },
        numericals: part(numericals, problem.numericals.count),
        leaves: part(leaves.baseAddress, 1),
        labels: part(labels, problem.tasks.count).map { UInt8($0) },
        mask: part(mask, problem.tasks.count).map { UInt8($0) })
    }
  }

  /// Copies consecutive rows to the rows of a batch starting at `position`.
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

/// The values of one multi-valued field in the column files of a split.
struct CachedBag {
  let field: CategoricalField
  /// The start of each row's values, with the total at the end.
  let offsets: ColumnReader
  /// The values of all rows, concatenated.
  let ids: ColumnReader

  /// Checks that the offsets end where the values do.
  ///
  /// - Throws: ``Diagnostic`` that names the file.
  func checkEnd(rowCount: Int) throws {
    guard try offsets.numbers(rowCount..<rowCount + 1, of: Int64.self) == [idCount] else {
      throw Diagnostic("is corrupt: its end is not the number of ids").at(offsets.path)
    }
  }

  /// Returns the values of some rows.
  ///
  /// - Throws: ``Diagnostic`` if the files cannot be read, or hold offsets or ids out of range.
  func batch(rows: [Int32]) throws -> Batch.Bag {
    var bag = Batch.Bag(offsets: [0], ids: [])
    bag.offsets.reserveCapacity(rows.count + 1)
    try rows.forEachRun(in: rows.indices) { _, run in
      let ends = try offsets.numbers(run.lowerBound..<run.upperBound + 1, of: Int64.self)
      try check(ends, firstRow: run.lowerBound)
      let start = ends[0] - Int64(bag.ids.count)
      guard ends[run.count] - start <= Int32.max else {
        throw Diagnostic(
          "\(rows.count) rows have more than \(Int32.max) values of '\(field.name)' together; "
            + "use smaller batches")
      }
      bag.offsets += ends.dropFirst().map { Int32($0 - start) }
      bag.ids += try ids.numbers(Int(ends[0])..<Int(ends[run.count]), of: Int32.self)
    }
    let limit = UInt32(field.vocabularySize)
    guard bag.ids.withUnsafeBufferPointer({ RowRanges.areBelow(limit, $0) }) else {
      throw unknownID(in: bag, rows)
    }
    return bag
  }

  private var idCount: Int64 { Int64(ids.byteCount / MemoryLayout<Int32>.stride) }

  /// Checks that offsets do not decrease and lie within the values.
  private func check(_ ends: [Int64], firstRow: Int) throws {
    var least: Int64 = 0
    for (index, end) in ends.enumerated() {
      guard end >= least, end <= idCount else {
        throw Diagnostic(
          "is corrupt: row \(firstRow + max(0, index - 1)): the offset \(end) is not in "
            + "\(least)...\(idCount); import the data again"
        ).at(offsets.path)
      }
      least = end
    }
  }

  /// Returns the error for the first id that is not in the vocabulary.
  private func unknownID(in bag: Batch.Bag, _ rows: [Int32]) -> Diagnostic {
    let bad = bag.ids.firstIndex { $0 < 0 || $0 >= field.vocabularySize } ?? 0
    let row = bag.offsets.lastIndex { $0 <= bad } ?? 0
    return Diagnostic(
      "is corrupt: row \(rows[min(row, rows.count - 1)]): id \(bag.ids[bad]) of field "
        + "'\(field.name)' is not in 0..<\(field.vocabularySize); import the data again"
    ).at(ids.path)
  }
}

extension [Int32] {
  /// Calls `body` with every maximal run of consecutive rows and its start position.
  func forEachRun(in positions: Range<Int>, _ body: (Int, Range<Int>) throws -> Void) rethrows {
    try withUnsafeBufferPointer { rows in
      var start = positions.lowerBound
      while start < positions.upperBound {
        var end = start + 1
        while end < positions.upperBound, rows[end] == rows[end - 1] + 1 { end += 1 }
        try body(start, Int(rows[start])..<Int(rows[start]) + end - start)
        start = end
      }
    }
  }
}
