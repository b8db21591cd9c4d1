import Configuration

/// What evaluations during training have shown about dead experts and collapsed gates.
///
/// An expert is dead and a gate has collapsed as ``GateUse`` says, over all rows of the evaluation. What two
/// evaluations in a row show is told once, so that a first noisy look does not count.
struct ExpertWatch: Sendable, Equatable {
  /// What the last evaluation showed.
  private(set) var last: Set<GateUse.Finding> = []
  /// What has been told.
  private(set) var told: Set<GateUse.Finding> = []

  /// Returns a sentence for every gate of which something is shown for the second time in a row.
  ///
  /// - Parameter gates: The use of the gates in an evaluation.
  mutating func warnings(after gates: [GateUse]) -> [String] {
    var found: Set<GateUse.Finding> = []
    let sentences = gates.compactMap { gate -> String? in
      let own = gate.findings
      found.formUnion(own)
      let new = own.filter { last.contains($0) && !told.contains($0) }
      told.formUnion(new)
      return gate.sentence(of: new)
    }
    last = found
    return sentences
  }
}

extension ExpertWatch {
  /// What has been shown and told, as stored in checkpoints.
  var configuration: ConfigurationValue {
    .object(["last": Self.list(last), "told": Self.list(told)])
  }

  /// Creates the value from ``configuration``.
  ///
  /// - Throws: ``Diagnostic``.
  init(configuration: ConfigurationValue) throws {
    let fields = try ConfigurationFields(configuration)
    last = Set(try fields.list("last").map(Self.finding))
    told = Set(try fields.list("told").map(Self.finding))
  }

  private static func list(_ findings: Set<GateUse.Finding>) -> ConfigurationValue {
    .list(
      findings.sorted { ($0.gate, $0.expert) < ($1.gate, $1.expert) }.map {
        .object([
          "gate": .string($0.gate), "expert": .integer($0.expert), "collapse": .bool($0.isCollapse),
        ])
      })
  }

  private static func finding(_ value: ConfigurationValue) throws -> GateUse.Finding {
    let fields = try ConfigurationFields(value)
    return GateUse.Finding(
      gate: try fields("gate"), expert: try fields("expert"), isCollapse: try fields("collapse"))
  }
}
