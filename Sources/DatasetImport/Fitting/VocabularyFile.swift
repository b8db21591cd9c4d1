import Configuration
import Datasets
import Foundation

/// The contents of `vocabularies.json`: the meaning of the ids and numbers of a cache.
package struct VocabularyFile: Codable, Equatable {
  /// The values of a categorical feature, starting at id 1.
  package struct Field: Codable, Equatable {
    package var name: String
    package var minimumCount: Int
    package var values: [String]
    /// The edges between bins; nil if the values are texts.
    package var edges: [Double]?
  }

  /// The scaling of a numerical feature, with any parameters fitted to the train rows.
  package struct Numerical: Codable, Equatable {
    package var name: String
    package var scale: String
    /// The transform applied before the scaling; nil if there is none.
    package var transform: String?
    package var low: Double?
    package var high: Double?
    package var mean: Double?
    package var deviation: Double?
    package var minimum: Double?
    package var maximum: Double?
  }

  /// The scale name of target-encoded features.
  package static let targetEncodingScale = "statistic"

  package var fields: [Field]
  package var bags: [Field]
  package var numericals: [Numerical]

  init(_ features: FittedFeatures, schema: DatasetSchema) {
    func field(_ vocabulary: Vocabulary) -> Field {
      Field(
        name: vocabulary.feature.name, minimumCount: vocabulary.feature.minimumCount,
        values: vocabulary.values, edges: vocabulary.edges)
    }
    func numerical(_ name: String, _ scale: String, _ moments: Moments) -> Numerical {
      let isEmpty = moments.weight == 0
      return Numerical(
        name: name, scale: scale, mean: moments.mean, deviation: moments.standardDeviation,
        minimum: isEmpty ? 0 : moments.minimum, maximum: isEmpty ? 0 : moments.maximum)
    }
    fields = features.fields.map(field)
    bags = features.bags.map(field)
    numericals = features.numericals.map { scaling in
      let (name, scale) = (scaling.feature.name, scaling.feature.scale.rawValue)
      var described =
        scaling.feature.isFitted
        ? numerical(name, scale, scaling.moments) : Numerical(name: name, scale: scale)
      let transform = scaling.feature.transform
      described.transform = transform.function?.rawValue
      (described.low, described.high) = (transform.low, transform.high)
      return described
    }
    for (feature, moments) in zip(
      schema.targetEncoding?.features ?? [], features.targetEncoding?.moments ?? [])
    {
      numericals.append(numerical(feature.name, Self.targetEncodingScale, moments))
    }
  }

  /// Reads the vocabulary file of a cache; nil if it has none.
  package static func read(of dataset: Dataset) throws -> VocabularyFile? {
    guard let described = dataset.manifest.vocabularies else { return nil }
    let url = dataset.url.appending(path: described.name)
    do {
      let data = try Data(contentsOf: url)
      var hash = SHA256()
      data.withUnsafeBytes { hash.update($0) }
      guard hash.finish() == described.digest else {
        throw Diagnostic("is corrupt: its digest is not the one in \(DatasetManifest.fileName)")
          .at(url.path)
      }
      return try JSONDecoder().decode(VocabularyFile.self, from: data)
    } catch let error as Diagnostic {
      throw error
    } catch {
      throw Diagnostic(cannot: "read", url.path, because: error)
    }
  }

  func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
