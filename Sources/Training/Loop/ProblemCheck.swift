import Configuration
import Ranking

extension Problem {
  /// Checks that a model was built for this problem.
  ///
  /// - Parameters:
  ///   - model: The model that is to predict rows of this problem.
  ///   - place: What the rows are, for the message.
  /// - Throws: ``Diagnostic`` with the first difference.
  func check(isThatOf model: BuiltModel, in place: String) throws {
    guard self != model.problem else { return }
    throw Diagnostic(
      "\(place) is not of the model's problem: it \(difference(from: model.problem))")
  }

  private func difference(from other: Problem) -> String {
    let lists: [(String, [String], [String])] = [
      ("fields", fields.map(\.name), other.fields.map(\.name)),
      ("bags", bags.map(\.name), other.bags.map(\.name)),
      ("numericals", numericals, other.numericals),
      ("scenarios", scenarios.leafNames, other.scenarios.leafNames),
      ("tasks", tasks.map(\.name), other.tasks.map(\.name)),
    ]
    func listed(_ names: [String]) -> String {
      let shown = names.prefix(8).joined(separator: ", ")
      return names.isEmpty ? "(none)" : names.count > 8 ? shown + ", …" : shown
    }
    for (kind, here, there) in lists where here != there {
      return "has the \(kind) \(listed(here)) instead of \(listed(there))"
    }
    for (here, there) in zip(fields + bags, other.fields + other.bags)
    where here.vocabularySize != there.vocabularySize {
      return "has \(here.vocabularySize) ids of field '\(here.name)' "
        + "instead of \(there.vocabularySize)"
    }
    return "differs in what it says of levels or tasks"
  }
}
