/// Returns the cells of a CSV file as texts, the names of its columns first.
///
/// - Parameter chunkSize: How many bytes are read at once; the cells do not depend on it.
/// - Throws: ``Diagnostic`` where the file cannot be read, or a line has too few or too many cells.
package func tableText(
  path: String, separator: UInt8 = UInt8(ascii: ","), trimsSpaces: Bool = false,
  chunkSize: Int = 1 << 19
) throws -> [[String]] {
  let format = CSVFormat(separator: separator, trimsSpaces: trimsSpaces)
  let reader = try CSVReader(path: path, format: format, chunkSize: chunkSize)
  var rows = [reader.columns]
  while let chunk = try reader.next() {
    let grid = try reader.cells(of: chunk)
    let columns = reader.columns.indices.map { CellColumn(grid, $0) }
    rows += (0..<grid.rowCount).map { row in columns.map { $0.string(row) } }
  }
  return rows
}
