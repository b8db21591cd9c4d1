import Ranking

/// What `aesm2 models NAME` says of a model.
struct ModelDescription {
  let entry: CatalogEntry

  /// The description as lines of at most `width` columns.
  func text(width: Int) -> String {
    let card = entry.card
    let deviations = card.deviations.enumerated().map { index, sentence in
      wrapped("\(index + 1). \(sentence)", width: width, indent: 2, hanging: 3)
    }
    return [
      "\(card.title) (\(card.id))",
      section("Paper", [wrapped(card.paper, width: width, indent: 2)]),
      section("Deviations", deviations.isEmpty ? ["  None."] : deviations),
      section("Hyper-parameters", [SettingsListing(entry.settings).text(width: width)]),
    ].joined(separator: "\n\n")
  }

  /// The description for programs.
  var value: ConfigurationValue {
    guard case .object(var members) = cardValue else { return cardValue }
    members["settings"] = SettingsListing(entry.settings).value
    return .object(members)
  }

  /// The card for programs.
  var cardValue: ConfigurationValue {
    .object([
      "deviations": entry.card.deviations.configuration, "id": .string(entry.card.id),
      "paper": .string(entry.card.paper), "title": .string(entry.card.title),
    ])
  }

  private func section(_ heading: String, _ lines: [String]) -> String {
    "\(heading)\n" + lines.joined(separator: "\n")
  }
}
