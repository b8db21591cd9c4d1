import TensorCore

/// How numerical features enter a model.
public enum NumericalInput: String, Sendable, CaseIterable {
  /// Unchanged, one column each.
  case columns
  /// Through one linear map of all of them into a single embedding, as if they were one more field.
  case field
}

/// How a numerical feature is encoded as columns.
public enum NumericalColumns: Sendable {
  /// Columns without trained parameters; `bins` is used only for bins and quantiles.
  case fixed(FixedNumericalEncoding, bins: Int)
  /// Waves; see ``PeriodicEmbedding``.
  case periodic(frequencies: Int, deviation: Float, size: Int)
}

/// Turns the features of each row into one vector.
///
///     x = [e(id_1); …; e(id_F); mean of e over bag_1; …; numericals]
///
/// Numerical features enter as the columns given by ``NumericalColumns``, one feature after the
/// other. All fields share one table in which each has its own rows, so a batch needs one gather
/// and one row-sparse gradient. Embeddings are initialized from a normal distribution with standard
/// deviation 0.01. If there are no features, x has no columns.
public final class FeatureEmbedding {
  /// The number of columns of the result.
  public let outputSize: Int

  /// The number of columns per field.
  public let embeddingSize: Int

  /// The number of fields, which are the vectors with which the result begins.
  public var vectorCount: Int { offsets.count }

  private let numericalCount: Int
  private let table: Parameter
  private let offsets: [Int32]
  private let fieldCount: Int
  private let encoder: NumericalEncoder?
  private let periodic: PeriodicEmbedding?
  private let numericalWeight: Parameter?
  private let numericalSize: Int

  /// Creates the embedding.
  ///
  /// - Parameters:
  ///   - fieldSizes: The vocabulary size of every single-valued field.
  ///   - bagSizes: The vocabulary size of every multi-valued field.
  ///   - numericalCount: The number of numerical features.
  ///   - embeddingSize: The number of columns per field.
  ///   - numericalColumns: The encoding of numerical features.
  ///   - numericalInput: How these columns enter x.
  ///   - scope: The scope in which the parameters are created.
  public init(
    fieldSizes: [Int], bagSizes: [Int] = [], numericalCount: Int, embeddingSize: Int,
    numericalColumns: NumericalColumns = .fixed(.raw, bins: 1),
    numericalInput: NumericalInput = .columns, scope: ParameterScope
  ) {
    var offsets: [Int32] = []
    var total = 0
    for size in fieldSizes + bagSizes {
      offsets.append(Int32(total))
      total += size
    }
    self.offsets = offsets
    self.embeddingSize = embeddingSize
    self.numericalCount = numericalCount
    fieldCount = fieldSizes.count
    switch numericalColumns {
    case .periodic(let frequencies, let deviation, let size) where numericalCount > 0:
      encoder = nil
      periodic = PeriodicEmbedding(
        featureCount: numericalCount, frequencyCount: frequencies, deviation: deviation, size: size,
        scope: scope["periodic"])
    case .periodic:
      (encoder, periodic) = (nil, nil)
    case .fixed(let encoding, let bins):
      encoder = NumericalEncoder(
        encoding, featureCount: numericalCount, binCount: bins, scope: scope)
      periodic = nil
    }
    numericalSize = encoder?.outputSize ?? periodic?.outputSize ?? 0
    table = scope.parameter(
      "table", shape: [total, embeddingSize], initializer: .normal(deviation: 0.01),
      isTable: true)
    let embedded = (fieldSizes.count + bagSizes.count) * embeddingSize
    if numericalInput == .field, numericalSize > 0 {
      numericalWeight = scope.weight("numericals", shape: [numericalSize, embeddingSize])
      outputSize = embedded + embeddingSize
    } else {
      numericalWeight = nil
      outputSize = embedded + numericalSize
    }
  }

  /// Returns the columns of a field; indices count first the single-valued fields, then the
  /// multi-valued ones.
  public func columns(ofField index: Int) -> Range<Int> {
    index * embeddingSize..<(index + 1) * embeddingSize
  }

  /// Returns the columns of a numerical feature; nil if all features enter through one map.
  public func columns(ofNumerical index: Int) -> Range<Int>? {
    guard numericalWeight == nil else { return nil }
    let start = offsets.count * embeddingSize
    let size = numericalSize / numericalCount
    return start + index * size..<start + (index + 1) * size
  }

  /// Returns one vector per row: `[rows, outputSize]`.
  ///
  /// - Parameters:
  ///   - ids: `rows · fieldCount` ids, row-major, each within its field's vocabulary.
  ///   - bags: For every multi-valued field, the ids of all rows and the offset at which each row's
  ///     ids begin.
  ///   - numericals: `[rows, numericalCount]`.
  ///   - context: The context of the pass.
  public func callAsFunction(
    ids: [Int32], bags: [(ids: [Int32], offsets: [Int32])], numericals: Tensor,
    in context: ForwardContext
  ) -> Variable {
    let table = context(self.table)
    var parts: [Variable] = []
    for (position, bag) in bags.enumerated() {
      let offset = offsets[fieldCount + position]
      parts.append(table.pooled(ids: bag.ids.map { $0 + offset }, offsets: bag.offsets, mean: true))
    }
    if numericalSize > 0 {
      let columns =
        periodic.map { $0(numericals, in: context) }
        ?? Variable(encoder.map { $0(numericals) } ?? numericals)
      parts.append(numericalWeight.map { columns.affine(weight: context($0)) } ?? columns)
    }
    if fieldCount > 0 {
      return table.embedded(ids: shifted(ids), fieldCount: fieldCount, beside: parts)
    }
    return parts.isEmpty ? Variable(Tensor(zeros: numericals.shape)) : concatenated(parts)
  }

  /// Returns the table rows for the ids of single-valued fields.
  private func shifted(_ ids: [Int32]) -> [Int32] {
    var result = ids
    result.withUnsafeMutableBufferPointer { result in
      for row in 0..<result.count / fieldCount {
        for field in 0..<fieldCount { result[row * fieldCount + field] += offsets[field] }
      }
    }
    return result
  }
}
