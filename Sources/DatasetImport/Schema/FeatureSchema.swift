import Configuration
import Ranking
import Tabular

/// A categorical feature, with one or several values per row.
struct CategoricalFeature: Equatable, Sendable {
  /// The name of the feature.
  var name: String

  /// The column that it is read from.
  var column: String

  /// The position in the schema.
  let place: SchemaPlace

  /// The minimum number of train rows with a value for it to be in the vocabulary.
  var minimumCount: Int

  /// The separator of the values inside a cell; nil if a cell is one value.
  var separator: UInt8?

  /// Padding values inside a cell, which are left out.
  var padding: [String] = []

  /// The number of bins with approximately equal numbers of train rows; nil if every text is a
  /// value.
  var binCount: Int?

  /// The treatment of a missing cell; an empty cell of a multi-valued feature has no values.
  var missing = Missing.value

  /// The role of the feature; nil if the schema gives none.
  var role: FeatureRole?

  /// The treatment of a missing cell of a single-valued feature.
  enum Missing: String, CaseIterable, Sendable {
    /// A separate value.
    case value
    /// The unknown value, id 0.
    case unknown
    /// The import fails.
    case error
  }
}

/// A numerical feature.
struct NumericalFeature: Equatable, Sendable {
  /// The scaling of values; means and bounds are computed on the train rows.
  enum Scale: String, CaseIterable, Sendable {
    /// (x - mean) / standard deviation.
    case standard
    /// (x - minimum) / (maximum - minimum).
    case minMax = "min-max"
    /// log(1 + x), then standard; x must not be negative.
    case logStandard = "log-standard"
    /// x unchanged.
    case none
  }

  /// The treatment of a missing cell.
  enum Missing: Equatable, Sendable {
    /// The import fails.
    case error
    /// The mean of the train rows, after scaling.
    case mean
    /// This number, before scaling.
    case value(Double)
  }

  var name: String
  var column: String
  let place: SchemaPlace
  var transform: NumericalTransform
  var scale: Scale
  var missing: Missing

  /// The role of the feature; nil if the schema gives none.
  var role: FeatureRole?

  /// Whether values depend on the train rows.
  var isFitted: Bool { scale != .none || missing == .mean }

  /// Whether values are those of the file, except for missing ones.
  var isPlain: Bool { !isFitted && transform.isIdentity }
}

/// The features of a schema.
struct FeatureSchema: Equatable, Sendable {
  var fields: [CategoricalFeature] = []
  var bags: [CategoricalFeature] = []
  var numericals: [NumericalFeature] = []

  /// The columns that features are read from.
  var columns: [String] { (fields + bags).map(\.column) + numericals.map(\.column) }

  /// The names and places of all features.
  var named: [(name: String, place: SchemaPlace)] {
    (fields + bags).map { ($0.name, $0.place) } + numericals.map { ($0.name, $0.place) }
  }

  /// The roles of features, by name; features without a role are absent.
  var roles: [String: FeatureRole] {
    let stated = (fields + bags).map { ($0.name, $0.role) } + numericals.map { ($0.name, $0.role) }
    return Dictionary(stated.compactMap { name, role in role.map { (name, $0) } }) { $1 }
  }

  /// Reads `features`.
  init(_ node: YAMLNode) throws {
    let object = try node.object(["defaults", "categorical", "multivalued", "numerical"])
    let defaults = try object["defaults"]?
      .object(["minimumCount", "scale", "missing", "transform"])
    let count = try defaults?["minimumCount"]?.wholeNumber(in: 1...Int.max) ?? 1
    let scale = try defaults?["scale"]?.choice(as: NumericalFeature.Scale.self) ?? .standard
    let missing = try defaults?["missing"].map(Self.missing) ?? .error
    let function = try defaults?["transform"]?.choice(as: NumericalTransform.Function.self)
    fields = try Self.list(object["categorical"], ["minimumCount", "missing", "quantiles"]) {
      name, column, place, options in
      var feature = CategoricalFeature(
        name: name, column: column, place: place,
        minimumCount: try options?["minimumCount"]?.wholeNumber(in: 1...Int.max) ?? count)
      feature.missing =
        try options?["missing"]?.choice(as: CategoricalFeature.Missing.self) ?? .value
      feature.role = try options?["role"]?.choice(as: FeatureRole.self)
      if let bins = options?["quantiles"] {
        let count = try bins.wholeNumber(in: 2...Int.max)
        guard count <= 10_000 else { throw bins.error("must be at most 10000, but is \(count)") }
        feature.binCount = count
        if let rare = options?["minimumCount"] {
          throw rare.error("is given beside 'quantiles', whose bins are all kept")
        }
        feature.minimumCount = 1
      }
      return feature
    }
    bags = try Self.list(object["multivalued"], ["minimumCount", "separator", "padding"]) {
      name, column, place, options in
      let separator = try options?["separator"]?.text ?? ","
      guard let byte = separator.utf8.first, separator.utf8.count == 1 else {
        throw node.error("has a separator '\(separator)' that is not one character of one byte")
      }
      return CategoricalFeature(
        name: name, column: column, place: place,
        minimumCount: try options?["minimumCount"]?.wholeNumber(in: 1...Int.max) ?? count,
        separator: byte, padding: try Self.padding(options?["padding"], separator),
        role: try options?["role"]?.choice(as: FeatureRole.self))
    }
    numericals = try Self.list(object["numerical"], ["scale", "missing", "clip", "transform"]) {
      name, column, place, options in
      let feature = NumericalFeature(
        name: name, column: column, place: place,
        transform: try NumericalTransform(
          clip: options?["clip"],
          function: try options?["transform"]?.choice(as: NumericalTransform.Function.self)
            ?? function),
        scale: try options?["scale"]?.choice(as: NumericalFeature.Scale.self) ?? scale,
        missing: try options?["missing"].map(Self.missing) ?? missing,
        role: try options?["role"]?.choice(as: FeatureRole.self))
      if feature.scale == .logStandard, feature.transform.function != nil {
        throw (options?.node ?? node).error(
          "takes the logarithm of '\(name)' twice: 'scale: log-standard' does so already")
      }
      return feature
    }
  }

  private static func padding(_ node: YAMLNode?, _ separator: String) throws -> [String] {
    guard let node else { return [] }
    let texts = try node.texts
    guard !texts.isEmpty else { throw node.error("must name one or more texts") }
    if let text = texts.first(where: { $0.isEmpty || $0.contains(separator) }) {
      throw node.error("has '\(text)', which no value between '\(separator)' can be")
    }
    return texts
  }

  /// Reads a list whose elements are a column name, or a mapping with `name` and options.
  private static func list<Feature>(
    _ node: YAMLNode?, _ keys: [String],
    _ make: (String, String, SchemaPlace, YAMLObject?) throws -> Feature
  ) throws -> [Feature] {
    try node?.elements.flatMap { element in
      let place = SchemaPlace(element)
      if element.isScalar { return try element.texts.map { try make($0, $0, place, nil) } }
      let options = try element.object(["name", "column", "role"] + keys)
      return try options.required("name").texts.map { name in
        try make(name, try options["column"]?.text ?? name, place, options)
      }
    } ?? []
  }

  private static func missing(_ node: YAMLNode) throws -> NumericalFeature.Missing {
    switch try node.text {
    case "error": return .error
    case "mean": return .mean
    default:
      guard let value = try? node.number, value.magnitude <= Scaling.largestMagnitude else {
        throw node.error("must be error, mean or a number, but is '\(excerpt(try node.text))'")
      }
      return .value(value)
    }
  }
}
