import Configuration
import Training

/// The cosines between the gradients of objectives, and how often they are negative, as tables.
struct GradientListing {
  private let conflict: GradientConflict

  init(_ conflict: GradientConflict) { self.conflict = conflict }

  var text: String {
    [
      "batches of training: \(conflict.batchCount); parameters: dense and shared",
      "cosine of gradients\n" + table(conflict.cosines),
      "share of batches with a negative cosine\n" + table(conflict.conflicts),
    ].joined(separator: "\n\n")
  }

  private func table(_ values: [[Double?]]) -> String {
    var table = TextTable(["objective"] + conflict.objectives)
    for (name, row) in zip(conflict.objectives, values) {
      table.add([name] + row.map { value in value.map { fixed($0, digits: 3) } ?? "-" })
    }
    return table.text
  }
}
