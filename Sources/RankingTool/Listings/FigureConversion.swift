import Configuration
import Foundation

/// The program that converts SVG files for papers and slides: `rsvg-convert` of librsvg, found when it
/// is needed.
struct FigureConversion {
  private static let name = "rsvg-convert"
  private let program: String

  /// Finds the program.
  ///
  /// - Throws: ``Diagnostic`` if it is not on PATH.
  init() throws {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard let folder = folders.first(where: { access("\($0)/\(Self.name)", X_OK) == 0 }) else {
      throw Diagnostic(
        "figures as PDF or PNG need '\(Self.name)', which is not on PATH: install librsvg "
          + "(apt-get install librsvg2-bin, brew install librsvg)")
    }
    program = "\(folder)/\(Self.name)"
  }

  /// Writes a figure beside its SVG file: PDF, or PNG with two pixels for each of the image.
  ///
  /// - Parameter path: The path of the file without its extension.
  /// - Throws: ``Diagnostic`` if the program fails.
  func convert(_ path: String, to format: FigureFormat) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    let target = "\(path).\(format.rawValue)"
    process.arguments =
      ["--format", format.rawValue, "--output", target]
      + (format == .png ? ["--zoom", "2"] : []) + [path + ".svg"]
    do { try process.run() } catch {
      throw Diagnostic(cannot: "start", program, because: error)
    }
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Diagnostic("\(Self.name) failed with status \(process.terminationStatus)").at(target)
    }
  }
}
