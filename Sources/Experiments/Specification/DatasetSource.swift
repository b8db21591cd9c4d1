import Configuration
import DatasetImport

/// Where an experiment's data comes from.
///
/// Paths are relative to the specification's folder.
public struct DatasetSource: Sendable, Equatable {
  /// How the cache is made where it is missing.
  public enum Origin: Sendable, Equatable {
    /// It is not made: it must be there.
    case cache
    /// Files are read as a schema says, restricted to some values.
    case files(schema: String, folder: String, each: [EachValue] = [])
    /// Rows are drawn from a planted teacher; nil means the recipe's own number of rows.
    case synthetic(
      recipe: String, settings: [String: ConfigurationValue], rows: Int?, seed: Int?)
  }

  /// The folder of the columnar cache.
  public var cache: String

  /// How the cache is made where it is missing.
  public var origin: Origin

  /// Creates a source.
  public init(cache: String, origin: Origin) {
    self.cache = cache
    self.origin = origin
  }
}
