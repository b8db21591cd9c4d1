import Configuration
import Ranking

/// The optimizers, in listing order.
public let optimizerCatalog: [any UpdateRule.Type] = [
  Adam.self,
  AdamW.self,
  SGD.self,
  Adagrad.self,
  Lion.self,
]

/// The catalog of optimizers, as methods to choose from.
public enum Optimizers: MethodCatalog {
  /// ``optimizerCatalog``.
  public static var methods: [any ConfigurableMethod.Type] { optimizerCatalog }
}

/// An optimizer of the catalog, chosen by its id, with its own settings.
public typealias OptimizerChoice = MethodChoice<Optimizers>

extension UpdateOptions {
  /// Returns the update rule that the options describe.
  ///
  /// - Throws: ``Diagnostic`` if the settings of the rule are inconsistent.
  func updateRule() throws -> any UpdateRule {
    func create<Rule: UpdateRule>(_ type: Rule.Type) throws -> any UpdateRule {
      try Rule(optimizer.settings(of: type), options: self)
    }
    guard let type = optimizerCatalog.first(where: { $0.card.id == optimizer.id }) else {
      throw Diagnostic.unknown(
        "optimizer", optimizer.id, accepted: optimizerCatalog.map { $0.card.id })
    }
    return try create(type)
  }
}
