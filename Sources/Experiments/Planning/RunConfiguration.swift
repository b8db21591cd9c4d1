import Configuration

/// Everything that determines the result of a run: a run is a pure function of it.
///
/// All settings are resolved; none depends on a default that could change. Anything that does not
/// affect results, such as paths, threads and labels, is left out.
public struct RunConfiguration: Sendable, Equatable {
  /// The semantics of new configurations: incremented when the same configuration starts to give
  /// different results, so that no old run is mistaken for a new one.
  public static let currentSemantics = 2

  /// The semantics under which the run was made, from 1 to ``currentSemantics``.
  ///
  /// Part of the id, so records of earlier semantics remain readable under their own ids.
  public var semantics: Int
  /// The id of the model.
  public var model: String
  /// All settings of the model.
  public var settings: [String: ConfigurationValue]
  /// All settings of the trainer.
  public var training: [String: ConfigurationValue]
  /// The fingerprint of the data.
  public var dataset: String
  /// The seed of every random stream of the run.
  public var seed: Int

  /// Creates a configuration from resolved settings.
  public init(
    model: String, settings: [String: ConfigurationValue],
    training: [String: ConfigurationValue], dataset: String, seed: Int,
    semantics: Int = Self.currentSemantics
  ) {
    self.semantics = semantics
    self.model = model
    self.settings = settings
    self.training = training
    self.dataset = dataset
    self.seed = seed
  }

  /// The configuration as stored in files; the id is a digest of its canonical JSON.
  public var value: ConfigurationValue {
    .object([
      "dataset": .string(dataset), "model": .string(model), "seed": .integer(seed),
      "semantics": .integer(semantics), "settings": .object(settings),
      "training": .object(training),
    ])
  }

  /// Whether two configurations have the same canonical JSON: a whole number is equal whether
  /// written `1` or `1.0`.
  public static func == (a: RunConfiguration, b: RunConfiguration) -> Bool {
    a.value.canonicalJSON == b.value.canonicalJSON
  }

  /// The name of the run: the first 128 bits of the SHA-256 digest of the canonical JSON, as 32
  /// hexadecimal digits.
  public var id: String { Self.id(of: value.canonicalJSON) }

  /// Returns whether a text has the form of an ``id``.
  package static func isID(_ text: String) -> Bool {
    text.utf8.count == 32 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
  }

  private static func id(of canonicalJSON: String) -> String {
    String(Digest(of: canonicalJSON).description.prefix(32))
  }

  /// Returns the names of the runs that differ from this one only in their seeds, building the JSON
  /// text once.
  func ids(seeds: [Int]) -> [String] {
    let names = ConfigurationValue.object(["dataset": .string(dataset), "model": .string(model)])
    let before = names.canonicalJSON.dropLast() + ",\"seed\":"
    let after = Substring(
      value.canonicalJSON.utf8.dropFirst(before.utf8.count + String(seed).utf8.count))
    return seeds.map { Self.id(of: "\(before)\($0)\(after)") }
  }

  /// Creates a configuration from the contents of a file.
  ///
  /// - Throws: ``Diagnostic`` if a member is missing, of the wrong type or unknown, or if the
  ///   semantics are newer than this version supports.
  public init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(
      value, keys: ["dataset", "model", "seed", "semantics", "settings", "training"])
    let semantics = try fields("semantics", Int.self)
    guard (1...Self.currentSemantics).contains(semantics) else {
      throw Diagnostic(
        "semantics is \(semantics), but this version reads 1 to \(Self.currentSemantics): "
          + "the run was made by a later version")
    }
    self.init(
      model: try fields("model", String.self), settings: try fields.object("settings"),
      training: try fields.object("training"), dataset: try fields("dataset", String.self),
      seed: try fields("seed", Int.self), semantics: semantics)
  }

  /// Checks that this version reproduces the results of the configuration.
  ///
  /// - Throws: ``Diagnostic`` if the configuration has earlier semantics.
  public func checkSemanticsAreCurrent() throws {
    try checkSemanticsAreCurrent(
      of: "the run ",
      orElse: ", which give other results: it cannot be continued, only trained anew in another "
        + "folder")
  }

  /// Checks that this version reproduces the results of the configuration.
  ///
  /// - Parameters:
  ///   - run: The beginning of the message, up to "has semantics"; empty if its place says which run.
  ///   - consequence: The end of the message, after the numbers.
  /// - Throws: ``Diagnostic`` if the configuration has earlier semantics.
  package func checkSemanticsAreCurrent(of run: String = "", orElse consequence: String) throws {
    guard semantics != Self.currentSemantics else { return }
    throw Diagnostic(
      "\(run)has semantics \(semantics), but this version computes with semantics "
        + "\(Self.currentSemantics)\(consequence)")
  }
}

extension RunConfiguration {
  /// Whether another configuration certainly has the same canonical JSON; false means unknown.
  private func isWritten(like other: RunConfiguration) -> Bool {
    seed == other.seed && model == other.model && dataset == other.dataset
      && semantics == other.semantics
      && ConfigurationValue.object(settings).isWritten(like: .object(other.settings))
      && ConfigurationValue.object(training).isWritten(like: .object(other.training))
  }

  func checkID(_ found: String, expected run: Plan.Run? = nil) throws {
    if let run, found == run.id, isWritten(like: run.configuration) { return }
    let id = id
    guard found == id else {
      throw Diagnostic(
        "the id \(found) is not that of the configuration beside it, which is \(id): "
          + "one of them was changed by hand")
    }
  }
}
