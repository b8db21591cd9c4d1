import Configuration

/// What a feature tells of, for models that treat such features apart.
public enum FeatureRole: String, Sendable, Codable, CaseIterable {
  /// The user or the query.
  case user
  /// The item.
  case item
  /// What is known of the scenario beforehand, such as its average price, or of the user in it.
  case scenarioPrior = "scenario-prior"
}

extension Problem {
  /// Returns the names of the features that have a role: single-valued, multi-valued, then numerical ones.
  public func features(of role: FeatureRole) -> [String] {
    featureNames.filter { roles?[$0] == role }
  }

  /// Checks that no role is that of a feature that is not there.
  ///
  /// - Throws: ``Diagnostic``.
  public func checkRoles() throws {
    let names = featureNames
    for name in (roles ?? [:]).keys.sorted() where !names.contains(name) {
      throw Diagnostic.unknown("feature", name, accepted: names).at("roles")
    }
  }

  private var featureNames: [String] { (fields + bags).map(\.name) + numericals }
}
