import Foundation
import Ranking
import TensorCore

/// Draws rows whose labels depend on the features: the log-odds of a task are a sum of effects of
/// the ids, the bags, the numerical features and the scenario.
///
/// A task with a domain is defined on rows whose first label is 1, about half of them. A task that follows
/// another happens only where that one does.
struct TinyTeacher {
  let problem: Problem
  let streams: RandomStreams

  func rows(_ purpose: String, count: Int) -> InMemoryRows {
    var stream = streams["rows/" + purpose]
    let rows = (0..<count).map { _ in row(using: &stream) }
    return InMemoryRows(problem: problem, rows: rows)
  }

  private func row(using stream: inout RandomStream) -> InMemoryRows.Row {
    let ids = problem.fields.map { Int32(stream.integer(below: $0.vocabularySize)) }
    let bags = problem.bags.map { bag in
      (0..<stream.integer(below: 4)).map { _ in Int32(stream.integer(below: bag.vocabularySize)) }
    }
    let numericals = problem.numericals.map { _ in Float(stream.normal()) }
    let leaf = stream.integer(below: problem.scenarios.leafCount)
    var happens: [String: Bool] = [:]
    for task in problem.tasks {
      let uniform = stream.uniform()
      var logOdds = 0.3 * effect("\(task.name)/leaf/\(leaf)")
      for (field, id) in zip(problem.fields, ids) {
        logOdds += 1.5 * effect("\(task.name)/\(field.name)/\(id)")
      }
      for (bag, ids) in zip(problem.bags, bags) {
        for id in ids { logOdds += 0.5 * effect("\(task.name)/\(bag.name)/\(id)") }
      }
      for (name, value) in zip(problem.numericals, numericals) {
        logOdds += 1.5 * effect("\(task.name)/\(name)/leaf/\(leaf)") * Double(value)
      }
      happens[task.name] = uniform < 1 / (1 + exp(-logOdds))
    }
    var labels: [Float?] = []
    for task in problem.tasks {
      let isDefined = task.domain == nil || labels.first == .some(1)
      labels.append(isDefined ? (isPositive(task, happens) ? 1 : 0) : nil)
    }
    let group = ids.first ?? Int32(stream.integer(below: 12))
    return InMemoryRows.Row(
      ids: ids, bags: bags, numericals: numericals, leaf: Int32(leaf), labels: labels,
      group: group)
  }

  /// Whether a task happens, and all that it follows.
  private func isPositive(_ task: RankingTask, _ happens: [String: Bool]) -> Bool {
    guard happens[task.name] == true else { return false }
    return problem.tasks.first { $0.name == task.follows }.map { isPositive($0, happens) } ?? true
  }

  /// A fixed standard normal number per name.
  private func effect(_ name: String) -> Double {
    var stream = streams["teacher/" + name]
    return stream.normal()
  }
}
