import Configuration

/// The heads, in listing order.
public let headCatalog: [any PredictionHead.Type] = [
  IndependentHead.self,
  ESMM.self,
  AITM.self,
  ESCM2IPS.self,
  ESCM2DR.self,
  DCMT.self,
]

/// The catalog of heads, as methods to choose from.
public enum PredictionHeads: MethodCatalog {
  /// ``headCatalog``.
  public static var methods: [any ConfigurableMethod.Type] { headCatalog }
}

/// A head of the catalog, chosen by its id, with its own settings.
public typealias HeadChoice = MethodChoice<PredictionHeads>

extension MethodChoice<PredictionHeads> {
  /// Creates the head with fresh weights.
  ///
  /// - Throws: ``Diagnostic`` if the settings or the head do not suit the tasks.
  func head(on towers: TowerLayout) throws -> any PredictionHead {
    func create<Head: PredictionHead>(_ type: Head.Type) throws -> any PredictionHead {
      try Head(settings(of: type), on: towers)
    }
    guard let type = headCatalog.first(where: { $0.card.id == id }) else {
      throw Diagnostic.unknown("head", id, accepted: headCatalog.map { $0.card.id })
    }
    return try create(type)
  }
}
