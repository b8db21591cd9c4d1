import Configuration

/// A method among several of its kind, such as a loss balancer, with settings of its own.
public protocol ConfigurableMethod: SendableMetatype {
  /// The settings of the method.
  associatedtype Hyperparameters: HyperparameterSet

  /// What the method is: name, source, deviations.
  static var card: MethodCard { get }
}

extension ConfigurableMethod {
  /// The settings of the method.
  public static var settings: [SettingDeclaration] { Hyperparameters.settings }
}
