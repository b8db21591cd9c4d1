import Configuration

/// The chains of tasks that follow each other, such as `click`, then `cart`, then `purchase`.
///
/// A task follows at most one other; several may follow the same one.
public struct TaskChains: Sendable, Equatable {
  /// For every task, the index of the task that it follows; nil if it follows none.
  public let followed: [Int?]

  /// All tasks, each after the task that it follows.
  public let order: [Int]

  /// Whether any task follows another.
  public var isEmpty: Bool { followed.allSatisfy { $0 == nil } }

  /// Finds the chains among tasks.
  ///
  /// - Throws: ``Diagnostic`` if a task follows itself (directly or through others), a task that
  ///   does not exist, or one that is defined on other rows.
  public init(_ tasks: [RankingTask]) throws {
    let names = tasks.map(\.name)
    let followed: [Int?] = try tasks.map { task in
      guard let name = task.follows else { return nil }
      guard let index = names.firstIndex(of: name) else {
        throw Diagnostic.unknown("task", name, accepted: names)
          .at("task '\(excerpt(task.name))' follows")
      }
      guard name != task.name else {
        throw Diagnostic("task '\(excerpt(name))' follows itself")
      }
      guard task.domain == tasks[index].domain else {
        func rows(_ domain: String?) -> String { domain.map { "'\(excerpt($0))'" } ?? "all rows" }
        throw Diagnostic(
          "task '\(excerpt(task.name))' is defined on \(rows(task.domain)), but follows "
            + "'\(excerpt(name))', which is defined on \(rows(tasks[index].domain)): both must be "
            + "defined on the same rows")
      }
      return index
    }
    var order: [Int] = []
    var waiting = Array(tasks.indices)
    while !waiting.isEmpty {
      let ready = waiting.filter { [order] task in followed[task].map(order.contains) ?? true }
      guard !ready.isEmpty else {
        throw Diagnostic(
          "tasks follow each other in a circle: " + Self.circle(from: waiting[0], followed, names))
      }
      order += ready
      waiting.removeAll { ready.contains($0) }
    }
    self.followed = followed
    self.order = order
  }
  /// Returns a description of the cycle that the path from `start` runs into.
  private static func circle(from start: Int, _ followed: [Int?], _ names: [String]) -> String {
    var way = [start]
    while let next = way.last.flatMap({ followed[$0] }) {
      guard let first = way.firstIndex(of: next) else {
        way.append(next)
        continue
      }
      return (way[first...] + [next]).map { "'\(excerpt(names[$0]))'" }
        .joined(separator: " follows ")
    }
    return ""
  }
}
