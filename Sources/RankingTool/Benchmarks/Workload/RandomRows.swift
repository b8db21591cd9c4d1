import Datasets
import Ranking
import TensorCore

/// Random rows in memory, repeated as often as requested.
///
/// Ids are uniform in every field, numericals are standard normal, and scenarios are uniform.
/// Labels are drawn with log-odds that depend on two numericals and one id, so that a model has
/// something to learn.
struct RandomRows: RowSource {
  let problem: Problem
  let rowCount: Int

  /// The stored rows; row `i` of the source is stored row `i` modulo their number.
  let stored: RowBlock

  var groups: [Int32]? { nil }

  /// Draws rows.
  ///
  /// - Parameters:
  ///   - problem: The features, scenarios and tasks of the rows.
  ///   - storedCount: The number of distinct rows.
  ///   - rowCount: The total number of rows, obtained by cycling through the stored ones.
  ///   - seed: The seed of the random streams.
  init(problem: Problem, storedCount: Int, rowCount: Int, seed: UInt64) {
    self.problem = problem
    self.rowCount = rowCount
    let streams = RandomStreams(seed: seed)
    var (idStream, numericalStream) = (streams["bench/ids"], streams["bench/numericals"])
    var (leafStream, labelStream) = (streams["bench/leaves"], streams["bench/labels"])
    let (fieldCount, numericalCount) = (problem.fields.count, problem.numericals.count)
    var block = RowBlock(ids: [], numericals: [], leaves: [], labels: [])
    for row in 0..<storedCount {
      for field in problem.fields {
        block.ids.append(Int32(idStream.integer(below: field.vocabularySize)))
      }
      for _ in 0..<numericalCount { block.numericals.append(Float(numericalStream.normal())) }
      block.leaves.append(Int32(leafStream.integer(below: problem.scenarios.leafCount)))
      for task in problem.tasks.indices {
        let first = row * numericalCount + 2 * task
        let id = block.ids[row * fieldCount + task]
        let logit =
          Double(block.numericals[first]) - 0.5 * Double(block.numericals[first + 1])
          + (id.isMultiple(of: 2) ? 0.5 : -0.5)
        block.labels.append(labelStream.uniform() < 1 / (1 + (-logit).exponential) ? 1 : 0)
      }
    }
    stored = block
  }

  func batch(rows: [Int32]) -> LabeledBatch {
    let numericals = Tensor(uninitialized: [rows.count, problem.numericals.count])
    let labels = Tensor(uninitialized: [rows.count, problem.tasks.count])
    let mask = Tensor(repeating: 1, shape: labels.shape)
    let places = rows.map { Int($0) % stored.rowCount }
    gather(stored.numericals, places, into: numericals) { $0 }
    gather(stored.labels, places, into: labels) { Float($0) }
    let fieldCount = problem.fields.count
    var ids: [Int32] = []
    ids.reserveCapacity(rows.count * fieldCount)
    for place in places { ids += stored.ids[place * fieldCount..<(place + 1) * fieldCount] }
    return LabeledBatch(
      batch: Batch(ids: ids, numericals: numericals, leaves: places.map { stored.leaves[$0] }),
      labels: labels, mask: mask)
  }

  private func gather<Value>(
    _ values: [Value], _ places: [Int], into target: Tensor, _ convert: (Value) -> Float
  ) {
    let width = target.shape[1]
    target.withUnsafeMutableBufferPointer { target in
      values.withUnsafeBufferPointer { values in
        for (row, place) in places.enumerated() {
          for column in 0..<width {
            target[row * width + column] = convert(values[place * width + column])
          }
        }
      }
    }
  }
}
