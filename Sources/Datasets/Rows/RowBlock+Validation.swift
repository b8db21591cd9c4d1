import Configuration
import Ranking

extension RowBlock {
  /// Checks sizes and ranges against a problem.
  ///
  /// - Throws: ``Diagnostic`` that names the row (counted from `firstRow`) and the column.
  func validate(for problem: Problem, firstRow: Int) throws {
    func check(_ part: String, _ count: Int, perRow: Int) throws {
      guard count == rowCount * perRow else {
        throw Diagnostic(
          "\(part) has \(count) values, but \(rowCount) rows need \(rowCount * perRow)")
      }
    }
    try check("ids", ids.count, perRow: problem.fields.count)
    try check("numericals", numericals.count, perRow: problem.numericals.count)
    try check("labels", labels.count, perRow: problem.tasks.count)
    if let mask { try check("mask", mask.count, perRow: problem.tasks.count) }
    if let groups { try check("groups", groups.count, perRow: 1) }
    if let weights { try check("weights", weights.count, perRow: 1) }
    guard bags.count == problem.bags.count else {
      throw Diagnostic(
        "\(bags.count) multi-valued fields given, the problem has \(problem.bags.count)")
    }
    func place(_ index: Int, perRow: Int) -> String { "row \(firstRow + index / perRow)" }

    let sizes = problem.fields.map { Int32(clamping: $0.vocabularySize) }
    if !ids.withUnsafeBufferPointer(RowRanges(problem).areIDs),
      let i = ids.indices.first(where: { ids[$0] < 0 || ids[$0] >= sizes[$0 % sizes.count] })
    {
      let field = problem.fields[i % sizes.count]
      throw Diagnostic(
        "\(place(i, perRow: sizes.count)): id \(ids[i]) of field '\(field.name)' is not in "
          + "0..<\(field.vocabularySize)")
    }
    for (bag, field) in zip(bags, problem.bags) {
      let offsets = bag.offsets
      guard offsets.count == rowCount + 1, offsets.first == 0,
        offsets.last == Int32(bag.ids.count), zip(offsets, offsets.dropFirst()).allSatisfy(<=)
      else {
        throw Diagnostic("the offsets of field '\(field.name)' do not fit \(rowCount) rows")
      }
      if let id = bag.ids.first(where: { $0 < 0 || $0 >= field.vocabularySize }) {
        throw Diagnostic(
          "id \(id) of field '\(field.name)' is not in 0..<\(field.vocabularySize)")
      }
    }
    if !numericals.withUnsafeBufferPointer(RowRanges.areFinite),
      let i = numericals.firstIndex(where: { !$0.isFinite })
    {
      let count = problem.numericals.count
      throw Diagnostic(
        "\(place(i, perRow: count)): numerical '\(problem.numericals[i % count])' is "
          + "\(numericals[i]), but must be finite")
    }
    let leafCount = problem.scenarios.leafCount
    if let i = leaves.firstIndex(where: { $0 < 0 || $0 >= leafCount }) {
      throw Diagnostic("\(place(i, perRow: 1)): leaf \(leaves[i]) is not in 0..<\(leafCount)")
    }
    for (part, values) in [("label", labels), ("mask", mask ?? [])] {
      if let i = values.firstIndex(where: { $0 > 1 }) {
        let count = problem.tasks.count
        throw Diagnostic(
          "\(place(i, perRow: count)): the \(part) of task '\(problem.tasks[i % count].name)' is "
            + "\(values[i]), but must be 0 or 1")
      }
    }
    if let weights, let i = weights.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
      throw Diagnostic("\(place(i, perRow: 1)): the weight is \(weights[i]), but must be above 0")
    }
    if let groups, let i = groups.firstIndex(where: { $0 < 0 }) {
      throw Diagnostic("\(place(i, perRow: 1)): group \(groups[i]) is negative")
    }
  }
}
