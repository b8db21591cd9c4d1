import Configuration
import Foundation
import Ranking

/// Writes the column files of one split.
final class SplitWriter {
  let name: SplitName
  private let problem: Problem
  private let folder: URL
  private var writers: [ColumnFile: ColumnFileWriter] = [:]
  private(set) var counts: SplitCounts

  /// The rows that are in no group, though they have a group number.
  var rowsWithoutGroup = 0

  private var bagTotals: [Int64]
  private var isEveryCellDefined = true

  init(_ name: SplitName, problem: Problem, in folder: URL) throws {
    self.name = name
    self.problem = problem
    self.folder = folder.appending(path: name.rawValue)
    counts = SplitCounts(problem: problem)
    bagTotals = problem.bags.map { _ in 0 }
    try createFolder(self.folder.path)
    for file in ColumnFile.all(for: problem) where file != .groups && file != .weights {
      writers[file] = try ColumnFileWriter(path: self.folder.appending(path: file.name).path)
    }
    for index in problem.bags.indices { try append([Int64(0)], to: .bagOffsets(index)) }
  }

  /// Appends rows, with labels of undefined cells stored as 0.
  ///
  /// - Throws: ``Diagnostic`` where the rows do not fit the problem, or cannot be written.
  func append(_ checked: CheckedBlock) throws {
    let block = checked.block
    let cells: CheckedBlock.Cells
    switch checked.result {
    case .success(let checked): cells = checked
    case .failure(let fault): throw fault.diagnostic(firstRow: counts.rowCount)
    }
    for (file, isPresent, what) in [
      (ColumnFile.groups, block.groups != nil, "group"),
      (.weights, block.weights != nil, "weight"),
    ] where block.rowCount > 0 {
      if counts.rowCount == 0, isPresent {
        writers[file] = try ColumnFileWriter(path: folder.appending(path: file.name).path)
      }
      guard isPresent == (writers[file] != nil) else {
        throw Diagnostic(
          "some rows of the \(name.rawValue) split have a \(what) and some have none")
      }
    }
    counts.add(cells.counts)
    if !cells.isEveryCellDefined { isEveryCellDefined = false }

    try append(block.ids, to: .ids)
    for (index, bag) in block.bags.enumerated() {
      let start = bagTotals[index]
      try append(bag.offsets.dropFirst().map { start + Int64($0) }, to: .bagOffsets(index))
      try append(bag.ids, to: .bagIDs(index))
      bagTotals[index] += Int64(bag.ids.count)
    }
    try append(block.numericals, to: .numericals)
    try append(block.leaves, to: .leaves)
    try append(cells.labels, to: .labels)
    try append(cells.mask, to: .mask)
    if let groups = block.groups { try append(groups, to: .groups) }
    if let weights = block.weights { try append(weights, to: .weights) }
  }

  /// Begins to bring the files to the disk; nothing can be appended any more.
  ///
  /// A mask that is all ones is removed.
  func beginFinish() {
    if isEveryCellDefined, writers.removeValue(forKey: .mask) != nil {
      try? FileManager.default.removeItem(at: folder.appending(path: ColumnFile.mask.name))
    }
    for file in ColumnFile.all(for: problem) { writers[file]?.beginFinish() }
  }

  /// Waits for the files and describes them.
  func finish() throws -> SplitManifest {
    var files: [CachedFile] = []
    for file in ColumnFile.all(for: problem) {
      guard let writer = writers.removeValue(forKey: file) else { continue }
      let digest = try writer.finish()
      files.append(CachedFile(name: file.name, byteCount: writer.byteCount, digest: digest))
    }
    return SplitManifest(
      name: name, counts: counts, files: files,
      rowsWithoutGroup: rowsWithoutGroup > 0 ? rowsWithoutGroup : nil)
  }

  private func append<Number: BitwiseCopyable & Sendable>(_ values: [Number], to file: ColumnFile)
    throws
  {
    try writers[file]?.append(values)
  }
}
