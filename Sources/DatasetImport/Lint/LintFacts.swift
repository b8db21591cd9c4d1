import CText
import Datasets
import Ranking
import TensorCore

/// The facts that the lint keeps about the rows: everything but most of the rows themselves.
struct LintFacts {
  let problem: Problem

  /// An even sample of the train rows.
  private(set) var sample: EvenSample

  /// The lowest and highest values of the train rows.
  private(set) var ranges: ValueRanges

  /// By split, a hash of the features of every row.
  private(set) var hashes = SplitName.allCases.map { _ in [UInt64]() }

  /// By split, for every field and multi-valued field, the number of unknown values and of all
  /// values.
  private(set) var unknownCounts: [[Int]]
  private(set) var valueCounts: [[Int]]

  /// By split and task, the number of positive labels on rows where the followed task is not
  /// positive.
  private(set) var strayCounts: [[Int]]

  /// By split, the labels of every group.
  private(set) var groups: [GroupTally]

  /// Creates the facts of no rows.
  ///
  /// - Parameter trainRowCount: The total number of train rows.
  init(_ problem: Problem, trainRowCount: Int) {
    self.problem = problem
    sample = EvenSample(problem, of: trainRowCount)
    ranges = ValueRanges(problem)
    let zeros = [Int](repeating: 0, count: problem.fields.count + problem.bags.count)
    unknownCounts = SplitName.allCases.map { _ in zeros }
    valueCounts = unknownCounts
    strayCounts = SplitName.allCases.map { _ in problem.tasks.map { _ in 0 } }
    groups = SplitName.allCases.map { _ in GroupTally(taskCount: problem.tasks.count) }
  }

  /// The facts about one block; several can be computed concurrently.
  struct Part {
    fileprivate let split: Int
    fileprivate var ranges: ValueRanges?
    fileprivate var hashes: [UInt64]
    fileprivate var unknownCounts: [Int]
    fileprivate var valueCounts: [Int]
    fileprivate var strayCounts: [Int]

    /// - Parameter hashedNumericals: The number of leading numerical features included in a row's
    ///   hash.
    init(_ block: RowBlock, _ split: SplitName, _ problem: Problem, hashedNumericals: Int) {
      self.split = SplitName.allCases.firstIndex(of: split) ?? 0
      if split == .train {
        var ranges = ValueRanges(problem)
        ranges.add(block)
        self.ranges = ranges
      }
      hashes = RowHashes.hashes(of: block, problem, hashedNumericals: hashedNumericals)
      let fieldCount = problem.fields.count
      unknownCounts = [Int](repeating: 0, count: fieldCount + block.bags.count)
      for start in stride(from: 0, to: block.ids.count, by: max(1, fieldCount)) {
        for field in 0..<fieldCount where block.ids[start + field] == 0 {
          unknownCounts[field] += 1
        }
      }
      valueCounts =
        [Int](repeating: block.rowCount, count: fieldCount) + block.bags.map(\.ids.count)
      for (index, bag) in block.bags.enumerated() {
        unknownCounts[fieldCount + index] = bag.ids.count { $0 == 0 }
      }
      strayCounts = StrayLabels.counts(in: block, problem)
    }
  }

  /// Returns the findings on the rows, most severe first.
  ///
  /// - Parameters:
  ///   - counts: By split, the row counts.
  ///   - rowsWithoutGroup: By split, the number of rows without a group.
  func findings(_ counts: [SplitCounts], rowsWithoutGroup: [Int]) -> [LintFinding] {
    LintFinding.sorted(
      labelCopies() + strayLabels(counts) + oneClassCells(counts) + constants() + magnitudes()
        + duplicates() + overflow()
        + groupsOfBothClasses(rowsWithoutGroup) + rowsInNoGroup(counts, rowsWithoutGroup))
  }

  /// Adds a block and its facts; blocks must be added in order.
  mutating func add(_ part: Part, _ block: RowBlock) {
    if let ranges = part.ranges {
      self.ranges.merge(ranges)
      sample.add(block)
    }
    hashes[part.split] += part.hashes
    for index in part.valueCounts.indices {
      unknownCounts[part.split][index] += part.unknownCounts[index]
      valueCounts[part.split][index] += part.valueCounts[index]
    }
    for task in part.strayCounts.indices {
      strayCounts[part.split][task] += part.strayCounts[task]
    }
    if let rowGroups = block.groups { groups[part.split].add(block, rowGroups) }
  }
}

/// The numbers of defined and of positive labels, by group and task.
struct GroupTally {
  let taskCount: Int
  private(set) var defined: [Int32] = []
  private(set) var positive: [Int32] = []

  private var positions: [Int32: Int] = [:]

  /// The number of groups.
  var groupCount: Int { positions.count }

  init(taskCount: Int) { self.taskCount = taskCount }

  mutating func add(_ block: RowBlock, _ groups: [Int32]) {
    var (lastGroup, first) = (Int32(-1), 0)
    for (row, group) in groups.enumerated() {
      if group != lastGroup { (lastGroup, first) = (group, position(of: group) * taskCount) }
      for task in 0..<taskCount {
        let isDefined = block.mask.map { $0[row * taskCount + task] } ?? 1
        defined[first + task] += Int32(isDefined)
        positive[first + task] += Int32(isDefined & block.labels[row * taskCount + task])
      }
    }
  }

  /// Returns the position of a group among those encountered so far.
  private mutating func position(of group: Int32) -> Int {
    if let position = positions[group] { return position }
    let position = positions.count
    positions[group] = position
    defined += repeatElement(0, count: taskCount)
    positive += repeatElement(0, count: taskCount)
    return position
  }
}

/// Positive labels on rows where the followed task is not positive, such as a purchase without a
/// click.
enum StrayLabels {
  /// Returns the number of stray labels in a block, by task.
  static func counts(in block: RowBlock, _ problem: Problem) -> [Int] {
    var counts = problem.tasks.map { _ in 0 }
    guard let followed = try? TaskChains(problem.tasks).followed else { return counts }
    let taskCount = problem.tasks.count
    func isPositive(_ row: Int, _ task: Int) -> Bool {
      let cell = row * taskCount + task
      return block.labels[cell] == 1 && block.mask?[cell] != 0
    }
    for (task, other) in followed.enumerated() {
      guard let other else { continue }
      counts[task] = (0..<block.rowCount).count { isPositive($0, task) && !isPositive($0, other) }
    }
    return counts
  }
}

/// Hashes of the features of rows: equal features have equal hashes.
enum RowHashes {
  /// Returns the hash of every row of a block.
  static func hashes(of block: RowBlock, _ problem: Problem, hashedNumericals: Int) -> [UInt64] {
    var hashes = block.leaves.map { UInt64(bitPattern: Int64($0)) }
    func add<Word: BitwiseCopyable>(_ cells: [Word], width: Int, stride: Int) {
      guard width > 0 else { return }
      cells.withUnsafeBytes { bytes in
        ck_row_hashes(
          bytes.bindMemory(to: UInt32.self).baseAddress, width, stride, hashes.count, &hashes)
      }
    }
    add(block.ids, width: problem.fields.count, stride: problem.fields.count)
    add(block.numericals, width: hashedNumericals, stride: problem.numericals.count)
    for bag in block.bags {
      for row in hashes.indices {
        let ids = bag.ids[Int(bag.offsets[row])..<Int(bag.offsets[row + 1])]
        hashes[row] = RandomStream.mix(hashes[row] &+ UInt64(ids.count) &+ 1)
        for id in ids {
          hashes[row] = RandomStream.mix(hashes[row] &+ 0x9e37_79b9_7f4a_7c15 &+ UInt64(id))
        }
      }
    }
    return hashes
  }
}
