import Configuration
import Experiments
import Ranking
import Training

/// A catalog entry that the tool lists and describes.
protocol CatalogMember {
  /// The name on command lines.
  var id: String { get }

  /// The heading under which the member is listed; empty for none.
  var group: String { get }

  /// Returns a summary in a few lines of at most `width` columns.
  func summary(width: Int) -> String

  /// Returns the full description, as lines of at most `width` columns.
  func text(width: Int) -> String

  /// The summary in machine-readable form.
  var summaryValue: ConfigurationValue { get }

  /// The full description in machine-readable form.
  var value: ConfigurationValue { get }
}

extension Array where Element: CatalogMember {
  /// Returns summaries of all members, or the full description of a named one, as JSON or terminal
  /// text.
  ///
  /// - Parameters:
  ///   - kind: The kind of the members, such as `model`.
  ///   - hint: What naming a member shows, for the last line.
  /// - Throws: ``UsageError`` for an unknown name, with the nearest.
  func listing(of kind: String, name: String?, json: Bool, hint: String) throws -> String {
    let width = terminalWidth()
    guard let name else {
      return json
        ? ConfigurationValue.list(map(\.summaryValue)).canonicalJSON
        : summaries(width: width) + "\n\n\(hint) of one \(kind): aesm2 \(kind)s NAME"
    }
    guard let member = first(where: { $0.id == name }) else {
      throw UsageError(Diagnostic.unknown(kind, name, accepted: map(\.id)).description)
    }
    return json ? member.value.canonicalJSON : member.text(width: width)
  }

  /// Returns the summaries, those of a group below its heading if there are groups.
  private func summaries(width: Int) -> String {
    let groups = map(\.group).reduce(into: [String]()) { found, group in
      if !found.contains(group) { found.append(group) }
    }
    guard groups != [""] else {
      return map { $0.summary(width: width) }.joined(separator: "\n")
    }
    return groups.map { group in
      let lines = filter { $0.group == group }
        .flatMap { $0.summary(width: width - 2).split(separator: "\n") }.map { "  \($0)" }
      return ([group.isEmpty ? "Others" : group] + lines).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}

/// The tool's description of a method: a model, a head or a balancer.
struct MethodDescription: CatalogMember {
  let card: MethodCard
  let settings: [SettingDeclaration]

  var id: String { card.id }
  var group: String { card.group }

  /// Describes a model.
  init(_ model: CatalogEntry) {
    card = model.card
    settings = model.settings
  }

  /// Describes a method of another kind.
  init(_ method: any ConfigurableMethod.Type) {
    card = method.card
    settings = method.settings
  }

  /// Returns the description as lines of at most `width` columns.
  func text(width: Int) -> String {
    let deviations = card.deviations.enumerated().map { index, sentence in
      wrapped("\(index + 1). \(sentence)", width: width, indent: 2, hanging: 3)
    }
    var sections = ["\(card.title) (\(card.id))"]
    if !group.isEmpty { sections.append(section("Group", ["  \(group)"])) }
    sections += [
      section("Paper", [wrapped(card.paper, width: width, indent: 2)]),
      section("Deviations", deviations.isEmpty ? ["  None."] : deviations),
      section(
        "Hyper-parameters",
        settings.isEmpty ? ["  None."] : [SettingsListing(settings).text(width: width)]),
    ]
    return sections.joined(separator: "\n\n")
  }

  /// Returns only the id, title and paper, as lines of at most `width` columns.
  func summary(width: Int) -> String {
    card.id + "\n" + wrapped("\(card.title): \(card.paper)", width: width, indent: 4)
  }

  /// The description in machine-readable form.
  var value: ConfigurationValue {
    guard case .object(var members) = summaryValue else { return summaryValue }
    members["settings"] = SettingsListing(settings).value
    return .object(members)
  }

  /// The card alone, in machine-readable form.
  var summaryValue: ConfigurationValue {
    .object([
      "deviations": card.deviations.configuration, "group": .string(group), "id": .string(card.id),
      "paper": .string(card.paper), "title": .string(card.title),
    ])
  }

  private func section(_ heading: String, _ lines: [String]) -> String {
    "\(heading)\n" + lines.joined(separator: "\n")
  }
}

/// The tool's description of a metric.
struct MetricDescription: CatalogMember {
  let metric: Metric

  var id: String { metric.id }
  var group: String { "" }

  /// Returns the description as lines of at most `width` columns.
  func text(width: Int) -> String {
    func section(_ heading: String, _ sentence: String) -> String {
      "\(heading)\n" + wrapped(sentence, width: width, indent: 2)
    }
    return [
      "\(metric.title) (\(metric.id))",
      section("Value", words),
      section("Source", metric.source),
      section("Undefined", "Where \(metric.undefinedWhen)."),
      section(
        "Decided by",
        (metric.basis == .order ? "the order of predictions alone" : "the predicted probabilities")
          + (metric.needsGroups ? ", within groups of rows" : "")),
    ].joined(separator: "\n\n")
  }

  /// Returns only the id and a short text, as lines of at most `width` columns.
  func summary(width: Int) -> String {
    metric.id + "\n" + wrapped("\(metric.title): \(words)", width: width, indent: 4)
  }

  private var words: String { "\(metric.explanation); \(metric.direction)" }

  var summaryValue: ConfigurationValue { value }

  /// The description in machine-readable form; a missing bound of the range is null.
  var value: ConfigurationValue {
    func bound(_ value: Double) -> ConfigurationValue { value.isFinite ? .number(value) : .null }
    var members: [String: ConfigurationValue] = [
      "basis": .string(metric.basis.rawValue), "explanation": .string(metric.explanation),
      "id": .string(metric.id), "needsGroups": .bool(metric.needsGroups),
      "range": .list([bound(metric.range.lowerBound), bound(metric.range.upperBound)]),
      "source": .string(metric.source), "title": .string(metric.title),
      "undefinedWhen": .string(metric.undefinedWhen),
    ]
    switch metric.direction {
    case .higher: members["direction"] = .string("higher")
    case .lower: members["direction"] = .string("lower")
    case .target(let target): members["direction"] = .object(["target": .number(target)])
    }
    return .object(members)
  }
}

/// Settings with their defaults, accepted values and search spaces.
struct SettingsListing {
  private let settings: [SettingDeclaration]

  /// Lists the settings of a model.
  init(_ settings: [SettingDeclaration]) { self.settings = settings }

  /// Returns the listing as lines of at most `width` columns.
  func text(width: Int) -> String {
    settings.map { setting in
      let search = setting.search.map { " Search: \($0.words)." } ?? ""
      return wrapped(
        "\(setting.name) = \(setting.defaultValue.description)", width: width, indent: 2,
        hanging: 4) + "\n"
        + wrapped(
          "\(setting.summary) Accepts \(setting.domain).\(search)", width: width, indent: 6)
    }.joined(separator: "\n")
  }

  /// The listing in machine-readable form.
  var value: ConfigurationValue {
    .list(
      settings.map { setting in
        .object([
          "accepted": .string(setting.domain.description), "default": setting.defaultValue,
          "name": .string(setting.name), "search": setting.search?.value ?? .null,
          "summary": .string(setting.summary),
        ])
      })
  }
}

extension SearchDistribution {
  fileprivate var value: ConfigurationValue {
    func pair(_ bounds: ClosedRange<Double>) -> ConfigurationValue {
      [bounds.lowerBound, bounds.upperBound].configuration
    }
    return switch self {
    case .values(let values): .object(["values": .list(values)])
    case .uniform(let bounds): .object(["uniform": pair(bounds)])
    case .logUniform(let bounds): .object(["logUniform": pair(bounds)])
    }
  }
}
