import Foundation

/// The folder of real data sets, which is not part of the package.
///
/// It is named by the environment variable `AESM2_DATA`, else it is `../shared/data` beside the
/// package. Tests that need one of its data sets are switched off where it is absent:
///
/// ```swift
/// @Test(.enabled(if: DataFolder.has("census_income"), "no census_income in the data folder"))
/// ```
public enum DataFolder {
  /// The root of this package.
  public static let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The folder, whether or not it exists.
  public static let url: URL =
    if let path = ProcessInfo.processInfo.environment["AESM2_DATA"], !path.isEmpty {
      URL(fileURLWithPath: path, isDirectory: true)
    } else {
      packageRoot.deletingLastPathComponent().appendingPathComponent("shared/data")
    }

  /// Returns the path of a file or folder in the data folder.
  public static func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Whether the data folder holds a file or folder.
  public static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }

  /// Returns a schema of the package, such as `kuairand-pure`.
  public static func schema(_ name: String) -> URL {
    packageRoot.appending(path: "experiments/schemas/\(name).yaml")
  }
}
