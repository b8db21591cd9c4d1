/// Staged rows in a scratch file.
struct SpilledBlock {
  private let source: Int
  private let rowCount: Int
  private let keys: [String]
  private let numbers: [(column: String, isReadable: Bool)]
  private let unfittedWidth: Int?
  private let offset: Int
  private let byteCount: Int

  /// Writes the rows to a file.
  init(_ block: StagedBlock, to file: ScratchFile) throws {
    source = block.source
    rowCount = block.rowCount
    keys = block.keys.map(\.column)
    numbers = block.numbers.map { ($0.column, $0.values != nil) }
    unfittedWidth = block.unfitted?.width
    byteCount = block.byteCount
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
    defer { bytes.deallocate() }
    var start = 0
    func put<Number: BitwiseCopyable>(_ values: [Number]) {
      values.withUnsafeBytes { values in
        UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + values.count])
          .copyMemory(from: values)
        start += values.count
      }
    }
    put(block.lines)
    put(block.indices)
    for (_, values) in block.numbers { put(values ?? []) }
    for (_, numbers) in block.keys { put(numbers) }
    put(block.unfitted?.values ?? [])
    offset = try file.append(UnsafeRawBufferPointer(bytes))
  }

  /// Reads the rows again.
  ///
  /// May be called from several threads at once.
  func read(from file: ScratchFile) throws -> StagedBlock {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
    defer { bytes.deallocate() }
    try file.read(into: bytes, at: offset)
    var start = 0
    func take<Number: BitwiseCopyable>(_ count: Int, of _: Number.Type) -> [Number] {
      let end = start + count * MemoryLayout<Number>.stride
      defer { start = end }
      return Array(UnsafeRawBufferPointer(rebasing: bytes[start..<end]).bindMemory(to: Number.self))
    }
    let lines = take(rowCount, of: Int.self)
    let indices = take(rowCount, of: Int.self)
    let numbers = self.numbers.map { column, isReadable in
      (column, isReadable ? take(rowCount, of: Double.self) : nil)
    }
    let keys = self.keys.map { ($0, take(rowCount, of: Int32.self)) }
    let unfitted = unfittedWidth.map { width in
      NumberRows(values: take(rowCount * width, of: Float.self), width: width)
    }
    return StagedBlock(
      source: source, lines: lines, indices: indices, keys: keys, numbers: numbers,
      unfitted: unfitted)
  }
}
