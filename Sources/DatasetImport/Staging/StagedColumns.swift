/// The columns of a schema that are kept for later, and in which form.
struct StagedColumns {
  /// Those whose texts are looked at.
  let texts: [String]

  /// Those whose numbers are looked at.
  let numbers: [String]

  /// The numerical features whose values are final as soon as they are read.
  let unfitted: [NumericalFeature]

  init(_ schema: DatasetSchema) {
    var texts = Set(
      (schema.features.fields + schema.features.bags).map(\.column)
        + schema.scenarios.map(\.column) + schema.groups)
    unfitted = schema.features.numericals.filter(\.isPlain)
    var numbers = Set(schema.features.numericals.filter { !$0.isPlain }.map(\.column))
    numbers.formUnion(schema.tasks.map(\.label))
    if let weight = schema.weight { numbers.insert(weight) }
    texts.formUnion(schema.split.textColumns)
    if let targetEncoding = schema.targetEncoding {
      texts.formUnion(targetEncoding.columns)
      if case .column(let column) = targetEncoding.folds, targetEncoding.visibleFolds == .past {
        numbers.insert(column)
      }
    }
    for clause in schema.storedConditions.flatMap(\.clauses) {
      switch clause.test {
      case .isOne, .isNot, .isPresent: texts.insert(clause.column)
      case .atLeast, .below: numbers.insert(clause.column)
      }
    }
    self.texts = texts.sorted()
    self.numbers = numbers.sorted()
  }

  /// The columns whose numbers are kept of rows that have a value of every unfitted feature, or not.
  func numbers(hasUnfitted: Bool) -> [String] {
    hasUnfitted ? numbers : Set(numbers + unfitted.map(\.column)).sorted()
  }

  /// The names of all.
  var all: Set<String> { Set(texts + numbers(hasUnfitted: false)) }
}

extension DatasetSchema {
  /// The conditions that are evaluated after the rows were read.
  fileprivate var storedConditions: [Condition] {
    tasks.compactMap(\.definedWhere) + split.conditions
  }
}
