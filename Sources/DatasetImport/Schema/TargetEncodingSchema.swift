import Configuration

/// Target encoding: standardized numerical features computed from the labels and the number of the
/// train rows with the same key.
///
/// A train row sees only the train rows of other folds, or of earlier folds; validation and test
/// rows see all train rows. So no row's feature depends on its own label, on the label of any row
/// of its fold, or on a label outside of train.
struct TargetEncodingSchema: Equatable, Sendable {
  /// The division of train rows into folds.
  enum Folds: Equatable, Sendable {
    /// One fold for every value of a column, such as a day.
    case column(String)
    /// A number of folds, by row hash.
    case count(Int)
  }

  /// The folds that a train row sees.
  enum VisibleFolds: String, CaseIterable, Sendable {
    /// All folds but its own.
    case others
    /// Folds with a smaller number in the fold column.
    case past
  }

  /// One feature.
  struct Feature: Equatable, Sendable {
    /// The statistic of the feature.
    enum Kind: String, CaseIterable, Sendable {
      /// The log-odds of the smoothed rate of a task's label, minus the overall log-odds.
      case rate
      /// log(1 + number of rows), with the number scaled up to all folds.
      case count
    }

    var kind: Kind

    /// The columns that make up the key.
    var keys: [String]

    /// The position in the schema.
    let place: SchemaPlace

    /// The task, for a rate.
    var task: String?

    /// The number of rows of average rate added to each key.
    var smoothing: Double

    /// The name of the feature.
    var name: String {
      let key = keys.joined(separator: "+")
      return kind == .rate ? "rate(\(task ?? "") | \(key))" : "count(\(key))"
    }
  }

  var folds: Folds
  var visibleFolds: VisibleFolds
  var features: [Feature]

  /// The columns used, apart from labels.
  var columns: [String] {
    var columns = features.flatMap(\.keys)
    if case .column(let column) = folds { columns.append(column) }
    return columns
  }

  /// Reads `statistics`.
  init(_ node: YAMLNode) throws {
    let object = try node.object(["folds", "see", "rates", "counts", "smoothing"])
    let folds = try object.required("folds")
    if let count = Int(try folds.text) {
      guard (2...1000).contains(count) else {
        throw folds.error("must be from 2 to 1000, or a column, but is \(count)")
      }
      self.folds = .count(count)
    } else {
      self.folds = .column(try folds.text)
    }
    visibleFolds = try object["see"]?.choice(as: VisibleFolds.self) ?? .others
    if visibleFolds == .past, case .count = self.folds {
      throw node.error("sees past folds, so 'folds' must be a column with numbers, not a count")
    }
    let smoothing = try object["smoothing"]?.number ?? 20
    guard smoothing > 0 else { throw node.error("has a smoothing that is not above 0") }
    features = []
    for element in try object["rates"]?.elements ?? [] {
      let rate = try element.object(["tasks", "of"])
      let of = try rate.required("of")
      let keys = try Self.keys(of)
      guard !keys.isEmpty else { throw of.error("must name one or more columns") }
      features += try rate.required("tasks").someTexts("tasks").flatMap { task in
        keys.map { keys, place in
          Feature(kind: .rate, keys: keys, place: place, task: task, smoothing: smoothing)
        }
      }
    }
    if let counts = object["counts"] {
      features += try Self.keys(counts).map { keys, place in
        Feature(kind: .count, keys: keys, place: place, smoothing: smoothing)
      }
    }
    guard !features.isEmpty else { throw node.error("must have 'rates' or 'counts'") }
  }

  /// Reads a list of keys, each a column or a list of columns.
  private static func keys(_ node: YAMLNode) throws -> [([String], SchemaPlace)] {
    let keys = try node.isScalar ? [node] : node.elements
    return try keys.map { (try $0.someTexts("columns"), SchemaPlace($0)) }
  }
}
