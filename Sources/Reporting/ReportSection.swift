/// A part of a report that is made from its content alone.
///
/// To add one: a value in a file of its own, and its name in the list of ``Report/sections``.
struct ReportSection: Sendable {
  /// Returns the blocks of the section; none where it has nothing to say.
  let blocks: @Sendable (ReportContent) throws -> [ReportDocument.Block]

  init(_ blocks: @escaping @Sendable (ReportContent) throws -> [ReportDocument.Block]) {
    self.blocks = blocks
  }
}
