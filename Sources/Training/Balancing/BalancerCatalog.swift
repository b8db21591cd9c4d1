import Configuration
import Ranking
import TensorCore

/// The balancers, in listing order.
public let balancerCatalog: [any LossBalancer.Type] = [
  FixedWeights.self,
  UncertaintyWeighting.self,
  DynamicWeightAverage.self,
  RandomWeights.self,
  EpochDecay.self,
  GeometricLoss.self,
  SmoothTchebycheff.self,
  FAMO.self,
  PCGrad.self,
  GradNorm.self,
  MGDA.self,
  CAGrad.self,
  NashMTL.self,
  FairGrad.self,
  IMTLG.self,
  ConFIG.self,
  AlignedMTL.self,
  UPGrad.self,
  DBMTL.self,
  GradCraft.self,
  MetaBalance.self,
  ExcessMTL.self,
]

/// The catalog of balancers, as methods to choose from.
public enum Balancers: MethodCatalog {
  /// ``balancerCatalog``.
  public static var methods: [any ConfigurableMethod.Type] { balancerCatalog }
}

/// A balancer of the catalog, chosen by its id, with its own settings.
public typealias BalancingMethod = MethodChoice<Balancers>

extension MethodChoice<Balancers> {
  /// Whether it is the plain weighted sum of losses, which needs no balancer.
  var isPlainSum: Bool { balancerCatalog.contains { $0.card.id == id && $0.isPlainSum } }

  /// Whether the balancer keeps numbers of elements of parameters.
  var keepsNumbersOfElements: Bool {
    balancerCatalog.contains { $0.card.id == id && $0.keepsNumbersOfElements }
  }

  /// Creates the balancer at the start of a run.
  ///
  /// - Throws: ``Diagnostic`` if the settings do not suit the objectives.
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
