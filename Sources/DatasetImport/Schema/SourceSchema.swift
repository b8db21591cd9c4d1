import Configuration
import Datasets
import Tabular

/// A file whose rows are part of the data set.
struct SourceSchema: Equatable, Sendable {
  /// The file, relative to the root folder.
  var file: String

  /// How the file is written.
  var format = CSVFormat()

  /// New names of columns, by their names in the file.
  var renames: [String: String] = [:]

  /// Columns with one value in all rows of the file.
  var constants: [String: String] = [:]

  /// The split of its rows, if the data are published in splits.
  var split: SplitName?

  /// The tables that its rows are joined with.
  var joins: [JoinSchema] = []

  /// The values of `each` that the source was made for, which are also constants.
  var each: [String: String] = [:]

  /// The index of the entry of `sources` that it is made from; an entry with `each` makes several.
  var entry = 0

  /// The index of the source in the schema, from 0: row hashes depend on it, so that a row is in
  /// the same split whether or not other sources are imported with it.
  var number = 0

  static let formatKeys = ["file", "columns", "separator", "trim", "rename"]

  /// Reads one element of `sources`: one source for every combination of the values in `each`,
  /// which are constants of the source and replace `{name}` in file names and the split.
  static func sources(_ node: YAMLNode, entry: Int) throws -> [SourceSchema] {
    let object = try node.object(formatKeys + ["each", "constants", "split", "joins"])
    var combinations: [[(String, String)]] = [[]]
    for (name, values) in try object["each"]?.entries ?? [] {
      let texts = try values.someTexts("values")
      combinations = combinations.flatMap { start in texts.map { start + [(name, $0)] } }
    }
    return try combinations.map { each in
      func filled(_ text: String) -> String {
        each.reduce(text) { $0.replacing("{\($1.0)}", with: $1.1) }
      }
      var source = SourceSchema(file: filled(try object.required("file").text))
      (source.format, source.renames) = try format(object)
      source.entry = entry
      source.each = Dictionary(each) { _, last in last }
      source.constants = source.each
      for (name, value) in try object["constants"]?.entries ?? [] {
        source.constants[name] = try value.text
      }
      if let split = object["split"] {
        let name = filled(try split.text)
        guard let known = SplitName(rawValue: name) else {
          throw split.error("must be train, validation or test, but is '\(name)'")
        }
        source.split = known
      }
      source.joins = try object["joins"]?.elements.map { try JoinSchema($0) } ?? []
      for index in source.joins.indices {
        source.joins[index].file = filled(source.joins[index].file)
      }
      return source
    }
  }

  /// Reads the format of a file and the names of its columns.
  static func format(_ object: YAMLObject) throws -> (CSVFormat, [String: String]) {
    var format = CSVFormat(columns: try object["columns"]?.texts)
    if let separator = object["separator"] {
      let bytes = Array(try separator.text.utf8)
      guard bytes.count == 1, bytes[0] != UInt8(ascii: "\""), bytes[0] != UInt8(ascii: "\n") else {
        throw separator.error("must be one character of one byte, and not a quote")
      }
      format.separator = bytes[0]
    }
    format.trimsSpaces = try object["trim"]?.flag ?? false
    var renames: [String: String] = [:]
    for (name, value) in try object["rename"]?.entries ?? [] { renames[name] = try value.text }
    return (format, renames)
  }
}

/// A table whose columns are added to every row with a matching key.
struct JoinSchema: Equatable, Sendable {
  /// The treatment of a row whose key is not in the table.
  enum Miss: String, CaseIterable, Sendable {
    /// The import fails.
    case error
    /// The columns of the table are missing for the row.
    case unknown
    /// The row is dropped (an inner join).
    case drop
  }

  /// The file, relative to the root folder.
  var file: String

  /// The key column, which has the same name on both sides.
  var key: String

  /// How the file is written.
  var format: CSVFormat

  /// New names of columns, by their names in the file.
  var renames: [String: String]

  /// The treatment of a row without a match.
  var miss: Miss

  /// Reads one element of `joins`.
  init(_ node: YAMLNode) throws {
    let object = try node.object(SourceSchema.formatKeys + ["key", "miss"])
    file = try object.required("file").text
    key = try object.required("key").text
    (format, renames) = try SourceSchema.format(object)
    miss = try object["miss"]?.choice(as: Miss.self) ?? .error
  }
}
