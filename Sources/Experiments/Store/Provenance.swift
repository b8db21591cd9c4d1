import Configuration
import Foundation
import TensorCore

/// The environment in which a run was made: not part of its configuration, and never shown in
/// tables.
public struct Provenance: Sendable, Equatable {
  /// The commit of the source; nil if unknown.
  public var commit: String?
  /// The Swift compiler.
  public var toolchain: String
  /// The libraries of the matrix products: BLAS with its kernels, and oneDNN if it was used.
  public var blas: String
  /// The processor.
  public var processor: String
  /// The number of threads, of each rank.
  public var threads: Int
  /// The number of ranks that trained together; nil for one process.
  public var ranks: Int?
  /// When the run ended, in UTC (ISO 8601).
  public var date: String

  /// Creates a provenance.
  public init(
    commit: String?, toolchain: String, blas: String, processor: String, threads: Int,
    ranks: Int? = nil, date: String
  ) {
    self.commit = commit
    self.toolchain = toolchain
    self.blas = blas
    self.processor = processor
    self.threads = threads
    self.ranks = ranks
    self.date = date
  }

  /// Returns the provenance of a run that ends now in this process.
  ///
  /// The commit is the value of the environment variable `AESM2_COMMIT`, if set.
  public static func current(
    precision: MatrixPrecision = .fp32, ranks: Int? = nil
  ) -> Provenance {
    Provenance(
      commit: ProcessInfo.processInfo.environment["AESM2_COMMIT"].flatMap {
        $0.isEmpty ? nil : $0
      },
      toolchain: compiler, blas: precision.libraryDescription ?? Parallelism.blasDescription,
      processor: processorName(),
      threads: Parallelism.threadCount, ranks: ranks, date: Date().formatted(.iso8601))
  }

  private static var compiler: String {
    #if compiler(>=6.4)
      "Swift 6.4 or later"
    #elseif compiler(>=6.3)
      "Swift 6.3"
    #elseif compiler(>=6.2)
      "Swift 6.2"
    #else
      "Swift 6.0 or 6.1"
    #endif
  }

  private static func processorName() -> String {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("model name") }),
      let colon = line.firstIndex(of: ":")
    else { return "unknown processor" }
    return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
  }
}

extension Provenance {
  var value: ConfigurationValue {
    var members: [String: ConfigurationValue] = [
      "blas": .string(blas), "commit": commit.map { .string($0) } ?? .null, "date": .string(date),
      "processor": .string(processor), "threads": .integer(threads),
      "toolchain": .string(toolchain),
    ]
    if let ranks { members["ranks"] = .integer(ranks) }
    return .object(members)
  }

  init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(
      value, keys: ["blas", "commit", "date", "processor", "ranks", "threads", "toolchain"])
    self.init(
      commit: try fields.optional("commit", String.self),
      toolchain: try fields("toolchain", String.self), blas: try fields("blas", String.self),
      processor: try fields("processor", String.self), threads: try fields("threads", Int.self),
      ranks: try fields.optional("ranks", Int.self),
      date: try fields("date", String.self))
  }
}
