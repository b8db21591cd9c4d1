import Foundation
import Ranking
import TensorCore

/// Rows in memory, drawn from a planted logistic teacher: two fields, two numericals, three
/// scenarios and two tasks, `buy` being defined on clicked rows only.
struct ToyRows: RowSource {
  static let vocabulary = 40
  static let toyProblem = Problem(
    fields: [
      CategoricalField(name: "item", vocabularySize: vocabulary),
      CategoricalField(name: "user", vocabularySize: vocabulary),
    ],
    numericals: ["price", "age"], scenarios: ScenarioTree(name: "tab", values: ["a", "b", "c"]),
    tasks: [RankingTask(name: "click"), RankingTask(name: "buy", domain: "clicked rows")])

  var problem = ToyRows.toyProblem
  var ids: [Int32] = []
  var numericals: [Float] = []
  var leaves: [Int32] = []
  var labels: [Float] = []
  var mask: [Float] = []
  var groups: [Int32]?

  var rowCount: Int { leaves.count }

  init(count: Int, seed: UInt64) {
    var stream = RandomStreams(seed: seed)["rows"]
    var groups: [Int32] = []
    for _ in 0..<count {
      let (item, user) = (stream.integer(below: Self.vocabulary), stream.integer(below: 40))
      let leaf = min(2, stream.integer(below: 4))
      let (price, age) = (stream.normal(), stream.normal())
      let z = 0.15 * Double(item - 20) + 0.8 * price - (leaf == 1 ? 0.5 : 0)
      let click = stream.uniform() < 1 / (1 + exp(-z))
      let buy = stream.uniform() < 1 / (1 + exp(-age - 0.1 * Double(user - 20)))
      ids += [Int32(item), Int32(user)]
      numericals += [Float(price), Float(age)]
      leaves.append(Int32(leaf))
      labels += [click ? 1 : 0, click && buy ? 1 : 0]
      mask += [1, click ? 1 : 0]
      groups.append(Int32(user / 4))
    }
    self.groups = groups
  }

  func batch(rows: [Int32]) -> LabeledBatch {
    func gather<T>(_ values: [T], width: Int) -> [T] {
      rows.flatMap { values[Int($0) * width..<(Int($0) + 1) * width] }
    }
    return LabeledBatch(
      batch: Batch(
        ids: gather(ids, width: 2),
        numericals: Tensor(gather(numericals, width: 2), shape: [rows.count, 2]),
        leaves: gather(leaves, width: 1)),
      labels: Tensor(gather(labels, width: 2), shape: [rows.count, 2]),
      mask: Tensor(gather(mask, width: 2), shape: [rows.count, 2]))
  }
}
