import Ranking
import TensorCore

/// Tensors of a file, to be given to a model that must have the very same ones.
struct TensorMatching {
  private var found: [String: Tensor] = [:]
  private let names: [String]

  init(_ tensors: [NamedTensor]) {
    names = tensors.map(\.name)
    for tensor in tensors { found[tensor.name] = tensor.value }
  }

  /// Copies the values into `targets`, or changes none of them.
  ///
  /// - Throws: ``TrainingError`` with what is missing, left over, or of another shape.
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
      return "'\(target.name)' of shape \(shape) instead of \(target.value.shape)"
    }
    if !misshapen.isEmpty { faults.append("it has " + firstFew(misshapen)) }
    guard faults.isEmpty else {
      throw TrainingError("is of another model: " + faults.joined(separator: "; "))
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
