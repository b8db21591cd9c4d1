import Ranking

/// Curves as JSON lines, one evaluation per line.
///
/// The whole file is replaced at every evaluation. So it never holds half a line, nor a point twice
/// after a run was resumed.
public enum CurveFile {
  /// Writes the points of a curve, in full or not at all.
  ///
  /// - Throws: ``TrainingError`` that names the file and the cause.
  public static func write(_ curve: [CurvePoint], to path: String) throws {
    let lines = curve.map { $0.configuration.canonicalJSON + "\n" }
    try AtomicFile.write(path, bytes: lines.joined().utf8)
  }

  /// Reads the points of a curve.
  ///
  /// - Throws: ``TrainingError`` that names the file and the line.
  public static func read(_ path: String) throws -> [CurvePoint] {
    let text = String(decoding: try AtomicFile.read(path), as: UTF8.self)
    return try text.split(separator: "\n").enumerated().map { index, line in
      do {
        return try CurvePoint(configuration: ConfigurationValue(json: String(line)))
      } catch let error as ConfigurationError {
        throw TrainingError("'\(path)', line \(index + 1): \(error.description)")
      }
    }
  }
}
