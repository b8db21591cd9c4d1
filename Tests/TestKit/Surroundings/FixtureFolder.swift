import Foundation

/// The files of `Tests/Fixtures`, which scripts beside them made with other implementations.
public enum FixtureFolder {
  /// Returns the place of a fixture, such as `operations/softmax.json`.
  public static func url(_ path: String) -> URL {
    DataFolder.packageRoot.appendingPathComponent("Tests/Fixtures").appendingPathComponent(path)
  }

  /// Returns the path of a fixture.
  public static func path(_ name: String) -> String { url(name).path }

  /// Reads a JSON fixture.
  public static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value
  {
    try JSONDecoder().decode(type, from: Data(contentsOf: url(path)))
  }
}
