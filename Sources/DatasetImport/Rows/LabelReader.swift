import Configuration
import Tabular

/// Reads the labels of one task.
struct LabelReader {
  let task: TaskSchema

  /// The labels of a frame's rows, and where the task is defined; an undefined label is 0.
  ///
  /// - Throws: ``Diagnostic`` with the line, where a label is missing or neither 0 nor 1.
  func read(_ frame: StagedFrame) throws -> (labels: [UInt8], isDefined: [Bool]) {
    let isDefined =
      try task.definedWhere?.evaluate(on: frame)
      ?? [Bool](repeating: true, count: frame.rowCount)
    let numbers: NumberColumn
    do {
      numbers = try frame.numbers(task.label)
    } catch {
      try refuseTexts(frame, isDefined)
      throw error
    }
    var labels = [UInt8](repeating: 0, count: frame.rowCount)
    for (row, number) in numbers.values.enumerated() where isDefined[row] {
      guard number == 0 || number == 1 else {
        let found = number.isNaN ? "missing" : numbers[row]?.text ?? ""
        throw frame.error(
          row, task.label, "the label of task '\(task.name)' is \(found), but must be 0 or 1")
      }
      labels[row] = UInt8(number)
    }
    return (labels, isDefined)
  }

  /// Throws at the first label that is a text, with the way to make a number of it.
  private func refuseTexts(_ frame: StagedFrame, _ isDefined: [Bool]) throws {
    try frame.forEachCell(of: task.label) { row, cell in
      guard isDefined[row], !cell.isEmpty, NumberText.parse(cell) == nil else { return }
      let text = excerpt(cell)
      let opposites = ["no": "yes", "false": "true", "n": "y", "f": "t", "negative": "positive"]
      let positive = opposites[text.lowercased()].map { opposite in
        text == text.uppercased()
          ? opposite.uppercased()
          : text.first?.isUppercase ?? false
            ? opposite.prefix(1).uppercased() + opposite.dropFirst() : opposite
      }
      throw frame.error(
        row, task.label,
        "the label of task '\(task.name)' is '\(text)', but must be 0 or 1; derive one, such as "
          + "{name: is_\(task.name), is: {column: \(task.label), equals: '\(positive ?? text)'}}")
    }
  }
}
