import Configuration

/// What evaluations during training have shown about dead experts and collapsed gates.
///
/// An expert is dead and a gate has collapsed as ``GateUse`` says, over all rows of the evaluation. What two
/// evaluations in a row show is told once, so that a first noisy look does not count.
struct ExpertWatch: Sendable, Equatable {
  /// An expert that a gate hardly uses, or to which a gate has collapsed.
  struct Finding: Sendable, Hashable {
    let gate: String
    let expert: Int
    let isCollapse: Bool
  }

  /// What the last evaluation showed.
  private(set) var last: Set<Finding> = []
  /// What has been told.
  private(set) var told: Set<Finding> = []

  /// Returns a sentence for every gate of which something is shown for the second time in a row.
  ///
  /// - Parameter gates: The use of the gates in an evaluation.
  mutating func warnings(after gates: [GateUse]) -> [String] {
    var found: Set<Finding> = []
    let sentences = gates.compactMap { gate -> String? in
      let own = Self.findings(of: gate)
      found.formUnion(own)
      let new = own.filter { last.contains($0) && !told.contains($0) }
      guard let first = new.first else { return nil }
      told.formUnion(new)
      return first.isCollapse
        ? gate.sentence(ofCollapseTo: first.expert)
        : gate.sentence(ofDeadExperts: new.map(\.expert))
    }
    last = found
    return sentences
  }

  private static func findings(of gate: GateUse) -> [Finding] {
    if let expert = gate.onlyExpert {
      return [Finding(gate: gate.name, expert: expert, isCollapse: true)]
    }
    return gate.deadExperts.map { Finding(gate: gate.name, expert: $0, isCollapse: false) }
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

  private static func list(_ findings: Set<Finding>) -> ConfigurationValue {
    .list(
      findings.sorted { ($0.gate, $0.expert) < ($1.gate, $1.expert) }.map {
        .object([
          "gate": .string($0.gate), "expert": .integer($0.expert), "collapse": .bool($0.isCollapse),
        ])
      })
  }

  private static func finding(_ value: ConfigurationValue) throws -> Finding {
    let fields = try ConfigurationFields(value)
    return Finding(
      gate: try fields("gate"), expert: try fields("expert"), isCollapse: try fields("collapse"))
  }
}

extension GateUse {
  /// The sentence that a gate gives one expert nearly all weight.
  func sentence(ofCollapseTo expert: Int) -> String {
    let percent = Int((100 * weights[expert]).rounded())
    return "\(name) has collapsed: expert \(expert) has \(percent) % of the weight."
  }

  /// The sentence that a gate hardly uses some experts.
  func sentence(ofDeadExperts experts: [Int]) -> String {
    "\(name) hardly uses \(experts.count) of \(expertCount) experts: "
      + experts.map(String.init).joined(separator: ", ") + "."
  }
}
