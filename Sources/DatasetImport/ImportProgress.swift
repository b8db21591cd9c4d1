/// What an import is doing.
public enum ImportPhase: String, Sendable {
  /// Reads the files.
  case read
  /// Looks for the scenarios of the train rows.
  case survey
  /// Fits vocabularies and scalings to the train rows.
  case fit
  /// Writes the cache.
  case encode
  /// Checks the result.
  case lint
}

/// How far an import is.
public struct ImportProgress: Sendable, Equatable {
  /// What it is doing.
  public var phase: ImportPhase

  /// The rows read in this phase.
  public var rowCount: Int

  /// The rows that the phase will read; nil until they have been read once.
  public var totalRowCount: Int?
}
