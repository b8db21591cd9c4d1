import Ranking

/// The weights and buffers of a model as a safetensors file, under the parameters' own names.
public enum WeightFile {
  /// Writes the weights of a model, in full or not at all.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - path: The file; what it held before is replaced.
  ///   - metadata: Texts to keep with the weights, such as the model's name and settings.
  /// - Throws: ``TrainingError`` that names the file and the cause.
  public static func save(
    _ model: BuiltModel, to path: String, metadata: [String: String] = [:]
  ) throws {
    try Safetensors(
      metadata: FileFormat.weights.marked(metadata), tensors: model.store.tensors
    ).write(to: path)
  }

  /// Gives a model the weights of a file, all or none.
  ///
  /// - Returns: The texts kept with the weights.
  /// - Throws: ``TrainingError`` that names the file and what is wrong: unreadable, foreign,
  ///   truncated, corrupt, of another format version, or of another model (what is missing, left
  ///   over, or of another shape).
  @discardableResult
  public static func load(into model: BuiltModel, from path: String) throws -> [String: String] {
    let file = try Safetensors(contentsOf: path)
    do {
      let metadata = try FileFormat.weights.checked(file.metadata)
      try TensorMatching(file.tensors).assign(to: model.store.tensors)
      return metadata
    } catch let error as TrainingError {
      throw TrainingError("'\(path)' \(error.description)")
    }
  }

  /// Returns the texts kept with the weights of a file.
  ///
  /// - Throws: ``TrainingError``, as for loading.
  public static func metadata(of path: String) throws -> [String: String] {
    let file = try Safetensors(contentsOf: path)
    do {
      return try FileFormat.weights.checked(file.metadata)
    } catch let error as TrainingError {
      throw TrainingError("'\(path)' \(error.description)")
    }
  }
}
