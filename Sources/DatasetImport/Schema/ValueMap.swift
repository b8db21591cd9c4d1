import Configuration
import Tabular

/// A replacement of a column's texts by other texts.
struct ValueMap: Equatable, Sendable {
  /// The treatment of a text that is not mapped.
  enum Others: Equatable, Sendable {
    /// The import fails.
    case error
    /// The text is unchanged.
    case keep
    /// The cell becomes missing.
    case missing
    /// The text is replaced by this text.
    case text(String)
  }

  /// The texts to be replaced, in schema order.
  private let keys: [String]

  /// Their replacements.
  private let values: [String]

  let others: Others

  /// Reads `to`, and `others` or `default`, of a derived column.
  init(_ object: YAMLObject) throws {
    let node = try object.required("to")
    let entries = try node.entries
    guard !entries.isEmpty else { throw node.error("must map one or more texts") }
    let keys = entries.map(\.key)
    self.keys = keys
    values = try entries.map { try $0.value.text }
    if let twice = keys.indices.first(where: { keys[..<$0].contains(keys[$0]) }) {
      throw entries[twice].value.error("maps '\(keys[twice])' a second time")
    }
    if let text = object["default"] {
      guard object["others"] == nil else {
        throw object.node.error("has both 'others' and 'default', but must have one at most")
      }
      others = .text(try text.text)
      return
    }
    switch try object["others"]?.text {
    case nil, "error": others = .error
    case "keep": others = .keep
    case "missing": others = .missing
    case let text?:
      throw try object.required("others").error(
        "must be error, keep or missing, but is '\(text)'; 'default' gives a text")
    }
  }

  /// The texts that are mapped.
  var accepted: String { keys.joined(separator: ", ") }

  /// Returns a column with its texts mapped; a missing cell stays missing unless the empty text is
  /// mapped.
  ///
  /// - Parameter refuse: Creates the error for a row with an unmapped text that must be mapped.
  func mapped(
    _ frame: FileFrame, _ column: String, refuse: (Int, UnsafeBufferPointer<UInt8>) -> any Error
  ) throws -> TextColumn {
    var table = KeyTable()
    for key in keys { _ = Array(key.utf8).withUnsafeBufferPointer { table.insert($0) } }
    var result = TextColumn()
    try frame.forEachCell(of: column) { row, cell in
      if let number = table.find(cell) { return result.append(values[number].utf8) }
      guard !cell.isEmpty else { return result.append(cell) }
      switch others {
      case .error: throw refuse(row, cell)
      case .keep: result.append(cell)
      case .missing: result.append("".utf8)
      case .text(let text): result.append(text.utf8)
      }
    }
    return result
  }
}
