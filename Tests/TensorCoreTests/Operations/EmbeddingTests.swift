import TensorCore
import TestKit
import Testing

@Suite struct EmbeddingTests {
  static let cases = [
    OperationCase("one field", shapes: [[6, 3]]) {
      $0[0].embedded(ids: [0, 5, 2], fieldCount: 1)
    },
    OperationCase("repeated ids in two fields", shapes: [[6, 3]]) {
      $0[0].embedded(ids: [1, 1, 4, 1, 0, 4], fieldCount: 2)
    },
    OperationCase("a few rows of a large table", shapes: [[400, 2]]) {
      $0[0].embedded(ids: [399, 7, 399, 0], fieldCount: 2)
    },
    OperationCase("no rows", shapes: [[6, 3]]) { $0[0].embedded(ids: [], fieldCount: 2) },
    OperationCase("a table that is computed", shapes: [[6, 3]]) {
      $0[0].activated(by: .tanh).embedded(ids: [1, 1, 4], fieldCount: 1)
    },
    OperationCase("two lookups in one table", shapes: [[6, 3]]) {
      $0[0].embedded(ids: [1, 2], fieldCount: 1) * $0[0].embedded(ids: [2, 5], fieldCount: 1)
    },
    OperationCase("two fields beside other columns", shapes: [[6, 3], [3, 2], [3, 4]]) {
      $0[0].embedded(ids: [1, 1, 4, 1, 0, 4], fieldCount: 2, beside: [$0[1], $0[2]])
    },
    OperationCase("a few rows of a large table beside a column", shapes: [[400, 2], [2, 1]]) {
      $0[0].embedded(ids: [399, 7, 399, 0], fieldCount: 2, beside: [$0[1]])
    },
    OperationCase("a computed table beside computed columns", shapes: [[6, 3], [2, 2]]) {
      $0[0].activated(by: .tanh).embedded(
        ids: [1, 1, 4, 5], fieldCount: 2, beside: [$0[1].activated(by: .tanh)])
    },
    OperationCase("no rows beside other columns", shapes: [[6, 3], [0, 2]]) {
      $0[0].embedded(ids: [], fieldCount: 2, beside: [$0[1]])
    },
    OperationCase("many rows beside other columns", shapes: [[30, 2], [600, 3]]) {
      $0[0].embedded(
        ids: (0..<1200).map { Int32($0 * 7 % 30) }, fieldCount: 2, beside: [$0[1]])
    },
    OperationCase("summed bags", shapes: [[6, 3]]) {
      $0[0].pooled(ids: [0, 5, 5, 2], offsets: [0, 2, 2, 3, 4], mean: false)
    },
    OperationCase("averaged bags", shapes: [[6, 3]]) {
      $0[0].pooled(ids: [0, 5, 5, 2], offsets: [0, 3, 3, 4], mean: true)
    },
    OperationCase("averaged bags of a large table", shapes: [[400, 3]]) {
      $0[0].pooled(ids: [0, 399, 399, 2], offsets: [0, 0, 4], mean: true)
    },
    OperationCase("bags that are all empty", shapes: [[6, 3]]) {
      $0[0].pooled(ids: [], offsets: [0, 0, 0], mean: true)
    },
    OperationCase("no bags", shapes: [[6, 3]]) {
      $0[0].pooled(ids: [], offsets: [0], mean: false)
    },
  ]

  @Test(arguments: cases, KernelLevel.available)
  func gradientsAgree(operation: OperationCase, level: KernelLevel) { operation.check(at: level) }

  private func rowGradient(
    vocabulary: Int, _ operation: (Variable) -> Variable
  ) throws -> RowGradient {
    let table = makeParameter(Tensor(normal: "table", shape: [vocabulary, 2]), isTable: true)
    let tape = Tape()
    let y = operation(ForwardContext.evaluation(tape: tape)(table))
    let counting = (0..<y.value.count).map { Float($0 + 1) }
    tape.backward(from: y.weightedSum(Tensor(counting, shape: y.shape)))
    guard case .rows(let rows) = table.gradient else {
      throw GradientKindError(gradient: "\(table.gradient)")
    }
    return rows
  }

  private struct GradientKindError: Error { let gradient: String }

  /// 5 and 1000 lie on both sides of where the search for distinct rows changes its way.
  @Test(arguments: [5, 1000])
  func gradientsOfRepeatedIdsAreSummed(vocabulary: Int) throws {
    let rows = try rowGradient(vocabulary: vocabulary) {
      $0.embedded(ids: [4, 1, 4], fieldCount: 1)
    }
    #expect(rows.indices == [1, 4])
    #expect(rows.values.values == [3, 4, 1 + 5, 2 + 6])
  }

  @Test(arguments: [5, 1000])
  func emptyBagsTouchNoRow(vocabulary: Int) throws {
    let rows = try rowGradient(vocabulary: vocabulary) {
      $0.pooled(ids: [], offsets: [0, 0, 0], mean: true)
    }
    #expect(rows.indices.isEmpty)
    #expect(rows.values.shape == [0, 2])
  }

  @Test(arguments: [5, 1000])
  func meanDividesTheGradient(vocabulary: Int) throws {
    let rows = try rowGradient(vocabulary: vocabulary) {
      $0.pooled(ids: [3, 3, 0, 3], offsets: [0, 4], mean: true)
    }
    #expect(rows.indices == [0, 3])
    expectClose(
      rows.values, Tensor([0.25, 0.5, 0.75, 1.5], shape: [2, 2]), relative: 1e-6)
  }

  @Test(arguments: [true, false])
  func emptyBagIsZero(mean: Bool) {
    let table = Variable(Tensor(repeating: 3, shape: [2, 2]))
    let y = table.pooled(ids: [0, 1], offsets: [0, 0, 2], mean: mean)
    #expect(y.value.values == [0, 0] + (mean ? [3, 3] : [6, 6]))
  }

  @Test func fieldsOfARowLieSideBySide() {
    let table = Variable(Tensor([0, 1, 10, 11, 20, 21], shape: [3, 2]))
    let y = table.embedded(ids: [2, 0, 1, 1], fieldCount: 2)
    expectClose(y.value, Tensor([20, 21, 0, 1, 10, 11, 10, 11], shape: [2, 4]))
  }

  @Test func otherColumnsFollowTheFields() {
    let table = Variable(Tensor([0, 1, 10, 11, 20, 21], shape: [3, 2]))
    let other = Variable(Tensor([-1, -2], shape: [2, 1]))
    let y = table.embedded(ids: [2, 0, 1, 1], fieldCount: 2, beside: [other])
    #expect(y.value.values == [20, 21, 0, 1, -1, 10, 11, 10, 11, -2])
    #expect(y.shape == [2, 5])
  }

  @Test func sparseGradientEqualsTheDenseOne() throws {
    var stream = RandomStream(key: 4)
    let ids = (0..<500).map { _ in Int32(stream.integer(below: 300)) }
    let rows = try rowGradient(vocabulary: 300) { $0.embedded(ids: ids, fieldCount: 1) }
    let large = try rowGradient(vocabulary: 100_000) { $0.embedded(ids: ids, fieldCount: 1) }
    #expect(rows.indices == large.indices)
    expectClose(rows.values, large.values)
    #expect(rows.indices == Set(ids).sorted())
  }
}
