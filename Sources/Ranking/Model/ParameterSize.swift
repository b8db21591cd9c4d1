import Configuration
import TensorCore

/// The size of one trained parameter of a model that was not built.
package struct ParameterSize: Sendable, Equatable {
  /// The name.
  package let name: String
  /// The group.
  package let group: String
  /// Whether it is a table of which each batch uses only a few rows.
  package let isTable: Bool
  /// The number of scalars.
  package var count: Int
}

extension CatalogEntry {
  /// Returns the sizes of the parameters of a model, however large, without building it.
  ///
  /// The size of a parameter is a constant plus a multiple of each vocabulary size, so it follows
  /// from models with vocabularies of two ids, and of three ids for one feature at a time.
  ///
  /// - Throws: ``Diagnostic`` if the model cannot be built with the settings.
  package func parameterSizes(
    _ overrides: [String: ConfigurationValue] = [:], for problem: Problem
  ) throws -> [ParameterSize] {
    let small = problem.withVocabularies(of: 2)
    func sizes(_ problem: Problem) throws -> [ParameterSize] {
      try buildBlank(overrides, for: problem).store.parameters.map {
        ParameterSize(
          name: $0.name, group: $0.group, isTable: $0.isTable, count: $0.value.count)
      }
    }
    let base = try sizes(small)
    var result = base
    func add(_ field: WritableKeyPath<Problem, CategoricalField>) throws {
      var larger = small
      larger[keyPath: field].vocabularySize = 3
      let others = try sizes(larger)
      for index in result.indices {
        result[index].count +=
          (others[index].count - base[index].count)
          * (problem[keyPath: field].vocabularySize - 2)
      }
    }
    for index in problem.fields.indices { try add(\.fields[index]) }
    for index in problem.bags.indices { try add(\.bags[index]) }
    return result
  }
}

extension Problem {
  /// Returns the problem with another vocabulary size of all features, for models whose tables do not
  /// matter.
  package func withVocabularies(of size: Int) -> Problem {
    var problem = self
    for index in fields.indices { problem.fields[index].vocabularySize = size }
    for index in bags.indices { problem.bags[index].vocabularySize = size }
    return problem
  }
}
