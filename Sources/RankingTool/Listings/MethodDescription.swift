import Configuration
import Experiments
import Ranking

/// What the tool says of a method: a model, a head or a balancer.
struct MethodDescription {
  let card: MethodCard
  let settings: [SettingDeclaration]

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

  /// The description as lines of at most `width` columns.
  func text(width: Int) -> String {
    let deviations = card.deviations.enumerated().map { index, sentence in
      wrapped("\(index + 1). \(sentence)", width: width, indent: 2, hanging: 3)
    }
    return [
      "\(card.title) (\(card.id))",
      section("Paper", [wrapped(card.paper, width: width, indent: 2)]),
      section("Deviations", deviations.isEmpty ? ["  None."] : deviations),
      section(
        "Hyper-parameters",
        settings.isEmpty ? ["  None."] : [SettingsListing(settings).text(width: width)]),
    ].joined(separator: "\n\n")
  }

  /// The id, title and paper alone, as lines of at most `width` columns.
  func summary(width: Int) -> String {
    card.id + "\n" + wrapped("\(card.title): \(card.paper)", width: width, indent: 4)
  }

  /// The description for programs.
  var value: ConfigurationValue {
    guard case .object(var members) = cardValue else { return cardValue }
    members["settings"] = SettingsListing(settings).value
    return .object(members)
  }

  /// The card for programs.
  var cardValue: ConfigurationValue {
    .object([
      "deviations": card.deviations.configuration, "id": .string(card.id),
      "paper": .string(card.paper), "title": .string(card.title),
    ])
  }

  private func section(_ heading: String, _ lines: [String]) -> String {
    "\(heading)\n" + lines.joined(separator: "\n")
  }
}

extension [MethodDescription] {
  /// All of them in short, or the one that is named, as `--json` or lines for the terminal.
  ///
  /// - Parameter command: The command that shows one in full, for the last line.
  /// - Throws: ``Diagnostic`` for an unknown name, with the nearest.
  func listing(of kind: String, name: String?, json: Bool, command: String) throws -> String {
    let width = terminalWidth()
    guard let name else {
      return json
        ? ConfigurationValue.list(map(\.cardValue)).canonicalJSON
        : map { $0.summary(width: width) }.joined(separator: "\n")
          + "\n\nAll settings of one \(kind): aesm2 \(command) NAME"
    }
    guard let method = first(where: { $0.card.id == name }) else {
      throw Diagnostic.unknown(kind, name, accepted: map(\.card.id))
    }
    return json ? method.value.canonicalJSON : method.text(width: width)
  }
}
