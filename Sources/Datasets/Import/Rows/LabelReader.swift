/// Reads the labels of one task.
struct LabelReader {
  let task: TaskSchema

  /// The labels of a frame's rows, and where the task is defined; an undefined label is 0.
  ///
  /// - Throws: ``DataError`` with the line, where a label is missing or neither 0 nor 1.
  func read(_ frame: Frame) throws -> (labels: [UInt8], isDefined: [Bool]) {
    let isDefined =
      try task.definedWhere?.evaluate(on: frame)
      ?? [Bool](repeating: true, count: frame.rowCount)
    let numbers = try frame.numbers(task.label)
    var labels = [UInt8](repeating: 0, count: frame.rowCount)
    for (row, number) in numbers.enumerated() where isDefined[row] {
      guard number == 0 || number == 1 else {
        let found = number.isNaN ? "missing" : NumberText.format(number)
        throw frame.error(
          row, task.label, "the label of task '\(task.name)' is \(found), but must be 0 or 1")
      }
      labels[row] = UInt8(number)
    }
    return (labels, isDefined)
  }
}
