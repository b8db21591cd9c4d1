import Configuration
import Ranking
import TensorCore

/// The memory that training a model will take at its peak, estimated before it begins.
///
/// With 4 bytes per number, it is the sum of
///
/// - the weights, the state of the optimizer (two numbers per weight for Adam), and the best weights
///   so far if they are kept;
/// - the gradient of all dense parameters if gradients are clipped or balanced, and otherwise of the
///   largest, since weights are then updated during the backward pass;
/// - the numbers that a balancer keeps of every objective and element of balanced parameters, if it
///   keeps any (``LossBalancer/keepsNumbersOfElements``);
/// - three times the results that the tape of one step holds. They are counted on two small batches of
///   empty rows, and extrapolated to the batch size: each is a constant plus a number per row. The
///   factor accounts for gradients in flight, what operations keep beside their results, and buffers
///   of other sizes that the pool holds back;
/// - three times the largest result in an evaluation batch, which holds no tape;
/// - the batches that are prepared ahead;
/// - 60 MB for the program and its libraries.
///
/// The two factors and the 60 MB are empirical: `docs/scheduling.md` compares the estimate
/// with measured peaks. Not included are the pages of the data cache, which the system takes back when
/// it needs them, and the labels and scores of an evaluation split.
public struct MemoryEstimate: Sendable, Equatable {
  /// The number of trained parameters.
  public let parameterCount: Int
  /// The estimated peak in bytes.
  public let byteCount: Int

  private static let programByteCount = 60_000_000

  /// Estimates the memory of a run.
  ///
  /// - Parameters:
  ///   - entry: The model.
  ///   - settings: Its settings.
  ///   - options: The training settings.
  ///   - problem: The problem.
  /// - Throws: ``Diagnostic`` if the model cannot be built with these settings.
  public init(
    _ entry: CatalogEntry, _ settings: [String: ConfigurationValue], _ options: TrainingOptions,
    for problem: Problem
  ) throws {
    let parameters = try entry.parameterSizes(settings, for: problem)
    parameterCount = parameters.reduce(0) { $0 + $1.count }
    let copies = options.keptWeights == .best ? 2 : 1
    var numbers = 0
    for parameter in parameters {
      let rule = try options.groups.updates(of: parameter.group, otherwise: options.updates)
        .updateRule()
      numbers += parameter.count * (copies + rule.stateNames.count)
    }
    let dense = parameters.filter { !$0.isTable }.map(\.count)
    let hasAllGradients = options.maximumGradientNorm > 0 || !options.balancing.isPlainSum
    numbers += hasAllGradients ? dense.reduce(0, +) : dense.max() ?? 0
    if options.balancing.keepsNumbersOfElements {
      let balanced = parameters.filter { options.balancedParameters.include(isTable: $0.isTable) }
      numbers +=
        Objectives(options.balanceAxis, of: problem).count
        * balanced.reduce(0) { $0 + $1.count }
    }
    if !entry.isFittedExactly {
      numbers += try Self.workingElements(entry, settings, options, for: problem)
    }
    let row =
      problem.fields.count + 2 * problem.bags.count + problem.numericals.count + 1
      + 3 * problem.tasks.count
    numbers += options.batchSize * row * (Prefetcher<Int>.lead + 1)
    byteCount = Self.programByteCount + 4 * numbers
  }

  /// Returns the number of elements that a step and an evaluation hold beside weights and their
  /// gradients.
  private static func workingElements(
    _ entry: CatalogEntry, _ settings: [String: ConfigurationValue], _ options: TrainingOptions,
    for problem: Problem
  ) throws -> Int {
    let problem = problem.withVocabularies(of: 2)
    let model = try entry.build(settings, for: problem, seed: 0)
    func elements(rows: Int) -> (total: Int, largest: Int) {
      let tape = Tape()
      _ = model(
        .empty(rows: rows, of: problem),
        in: .training(tape: tape, streams: RandomStreams(seed: 0), step: 0))
      return tape.recordedElements
    }
    let (few, more) = (64, 128)
    let (first, second) = (elements(rows: few), elements(rows: more))
    func extrapolated(_ number: KeyPath<(total: Int, largest: Int), Int>, to rows: Int) -> Int {
      let (low, high) = (first[keyPath: number], second[keyPath: number])
      return max(0, low + Int(Double(high - low) / Double(more - few) * Double(rows - few)))
    }
    return 3 * extrapolated(\.total, to: options.batchSize)
      + 3 * extrapolated(\.largest, to: options.evaluationBatchSize)
  }
}

extension Batch {
  /// Returns rows of the first id of every feature and zeros, of all scenarios in turn.
  fileprivate static func empty(rows: Int, of problem: Problem) -> Batch {
    let leafCount = max(1, problem.scenarios.leafCount)
    return Batch(
      ids: Array(repeating: 0, count: rows * problem.fields.count),
      bags: problem.bags.map { _ in
        Batch.Bag(
          offsets: (0...rows).map(Int32.init), ids: Array(repeating: 0, count: rows))
      },
      numericals: Tensor(zeros: [rows, problem.numericals.count]),
      leaves: (0..<rows).map { Int32($0 % leafCount) })
  }
}
