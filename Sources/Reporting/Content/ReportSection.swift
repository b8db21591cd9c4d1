/// A part of a report that is generated from its content alone.
///
/// To add one, add a value in its own file, and its name to the list in ``Report/sections``.
struct ReportSection: Sendable {
  /// Returns the blocks of the section; empty if it has no content.
  let blocks: @Sendable (ReportContent) throws -> [ReportDocument.Block]

  init(_ blocks: @escaping @Sendable (ReportContent) throws -> [ReportDocument.Block]) {
    self.blocks = blocks
  }
}
