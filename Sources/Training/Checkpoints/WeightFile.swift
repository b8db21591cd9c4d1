import Configuration
import Ranking
import TensorCore

/// A safetensors file with the weights and buffers of a model, under their own names, and the
/// moment of training that they come from.
public enum WeightFile {
  private static let momentKey = "moment"

  /// Writes the weights of a model, in full or not at all; if several ranks train it, all of them
  /// call this, and the leader writes the file.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - path: The file; any existing content is replaced.
  ///   - metadata: Texts to store with the weights, such as the model's name and settings.
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  public static func save(
    _ model: BuiltModel, to path: String, metadata: [String: String] = [:]
  ) throws {
    let moment = [momentKey: model.moment.configuration.canonicalJSON]
    try Safetensors(
      metadata: FileFormat.weights.marked(metadata.merging(moment) { $1 }),
      tensors: model.store.tensors
    ).write(to: path, ranks: model.store.ranks)
  }

  /// The contents of a file besides the weights.
  public struct Contents: Equatable, Sendable {
    /// The texts stored with the weights.
    public var metadata: [String: String]

    /// Whether the file was written by another program: its tensors match the model, but no
    /// checksum verifies its integrity.
    public var isForeign: Bool
  }

  /// Loads the weights of a file into a model, all or none.
  ///
  /// A file written by another program is accepted if it has the model's tensors.
  ///
  /// - Throws: ``Diagnostic`` that names the file and what is wrong: unreadable, truncated,
  ///   corrupt, in another format version, or from another model (with the tensors that are
  ///   missing, left over or of another shape).
  @discardableResult
  public static func load(into model: BuiltModel, from path: String) throws -> Contents {
    let file = try Safetensors(contentsOf: path, for: model.store)
    return try locating(path) {
      var contents = try contents(of: file)
      let moment = try contents.metadata.removeValue(forKey: momentKey).map { json in
        try locating("is corrupt") {
          try TrainingMoment(configuration: ConfigurationValue(json: json))
        }
      }
      try TensorMatching(file.tensors).assign(to: model.store.tensors)
      model.moment = moment ?? TrainingMoment()
      return contents
    }
  }

  private static func contents(of file: Safetensors) throws -> Contents {
    Contents(
      metadata: file.isForeign ? file.metadata : try FileFormat.weights.checked(file.metadata),
      isForeign: file.isForeign)
  }
}

extension TrainingMoment {
  /// The moment as stored in weight files.
  fileprivate var configuration: ConfigurationValue {
    .object([
      "step": .integer(step), "stepsPerEpoch": .integer(stepsPerEpoch), "phase": .string(phase),
      "phaseStep": .integer(phaseStep),
    ])
  }

  fileprivate init(configuration: ConfigurationValue) throws {
    let fields = try ConfigurationFields(configuration)
    self.init(
      step: try fields("step"), stepsPerEpoch: try fields("stepsPerEpoch"),
      phase: try fields("phase"), phaseStep: try fields("phaseStep"))
  }
}

/// Tensors of a file, to be loaded into a model with exactly the same tensors.
struct TensorMatching {
  private var found: [String: Tensor] = [:]
  private let names: [String]

  init(_ tensors: [NamedTensor]) {
    names = tensors.map(\.name)
    for tensor in tensors { found[tensor.name] = tensor.value }
  }

  /// Copies the values into `targets`, or changes none of them.
  ///
  /// - Throws: ``Diagnostic`` with the tensors that are missing, left over or of another shape.
  func assign(to targets: [NamedTensor]) throws {
    let wanted = Set(targets.map(\.name))
    let extra = names.filter { !wanted.contains($0) }
    let missing = targets.map(\.name).filter { found[$0] == nil }
    var faults: [String] = []
    if !missing.isEmpty {
      faults.append("it lacks " + listed(missing) { hint(for: $0, among: extra) })
    }
    if !extra.isEmpty { faults.append("it has " + listed(extra) { _ in "" } + " besides") }
    let misshapen = targets.compactMap { target -> String? in
      guard let shape = found[target.name]?.shape, shape != target.value.shape else { return nil }
      return "'\(target.name)' of shape \(shape) instead of \(target.shapeInFiles)"
    }
    if !misshapen.isEmpty { faults.append("it has " + firstFew(misshapen)) }
    guard faults.isEmpty else {
      throw Diagnostic("is of another model: " + faults.joined(separator: "; "))
    }
    for target in targets {
      if let value = found[target.name] { target.value.assign(value) }
    }
  }

  private func listed(_ names: [String], _ hint: (String) -> String) -> String {
    firstFew(names.map { "'\($0)'" + hint($0) })
  }

  private func hint(for name: String, among extra: [String]) -> String {
    nearestName(to: name, among: extra).map { " (nearest: '\($0)')" } ?? ""
  }

  private func firstFew(_ parts: [String]) -> String {
    let shown = parts.prefix(3).joined(separator: ", ")
    return parts.count > 3 ? shown + " and \(parts.count - 3) more" : shown
  }
}
