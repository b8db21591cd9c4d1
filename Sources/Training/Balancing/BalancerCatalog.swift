import Configuration
import Ranking
import TensorCore

/// The balancers, in the order in which they are listed.
public let balancerCatalog: [any LossBalancer.Type] = [
  FixedWeights.self,
  UncertaintyWeighting.self,
  PCGrad.self,
  DynamicWeightAverage.self,
]

/// The balancers as methods to choose from.
public enum Balancers: MethodCatalog {
  /// ``balancerCatalog``.
  public static var methods: [any ConfigurableMethod.Type] { balancerCatalog }
}

/// A balancer of the catalog by its id, with settings of its own.
public typealias BalancingMethod = MethodChoice<Balancers>

extension MethodChoice<Balancers> {
  /// Whether it is the weighted sum of losses, for which no balancer has to run.
  var isPlainSum: Bool { balancerCatalog.contains { $0.card.id == id && $0.isPlainSum } }

  /// Creates the balancer at the start of a run.
  ///
  /// - Throws: ``Diagnostic`` where the settings do not suit the objectives.
  func balancer(_ objectives: Objectives, scope: ParameterScope) throws -> any LossBalancer {
    func create<Balancer: LossBalancer>(_ type: Balancer.Type) throws -> any LossBalancer {
      try Balancer(settings(of: type), objectives: objectives, scope: scope)
    }
    guard let type = balancerCatalog.first(where: { $0.card.id == id }) else {
      throw Diagnostic.unknown("balancer", id, accepted: balancerCatalog.map { $0.card.id })
    }
    return try create(type)
  }
}
