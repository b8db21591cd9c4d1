import TensorCore
import TestKit
import Testing

@Suite struct ParameterTests {
  private let dense = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])

  private func rows(_ indices: [Int32], _ values: [Float]) -> RowGradient {
    RowGradient(indices: indices, values: Tensor(values, shape: [indices.count, 2]))
  }

  private func values(_ gradient: ParameterGradient) -> [Float]? {
    guard case .dense(let tensor) = gradient else { return nil }
    return tensor.values
  }

  private func makeTable() -> Parameter { makeParameter(Tensor(zeros: [3, 2]), isTable: true) }

  @Test func denseGradientsAreSummed() {
    let table = makeTable()
    table.accumulate(dense.copy())
    table.accumulate(dense.copy())
    #expect(values(table.gradient) == [2, 4, 6, 8, 10, 12])
    table.clearGradient()
    guard case .none = table.gradient else {
      Issue.record("a cleared gradient is still there")
      return
    }
  }

  @Test func denseAndRowGradientsAreSummedInEitherOrder() {
    let touched = rows([1], [10, 20])
    let expected: [Float] = [1, 2, 13, 24, 5, 6]
    let (first, second) = (makeTable(), makeTable())
    first.accumulate(dense.copy())
    first.accumulate(touched)
    second.accumulate(touched)
    second.accumulate(dense.copy())
    #expect(values(first.gradient) == expected)
    #expect(values(second.gradient) == expected)
  }

  @Test func rowGradientsStaySparse() {
    let table = makeTable()
    table.accumulate(rows([0, 2], [1, 1, 2, 2]))
    table.accumulate(rows([1, 2], [3, 3, 4, 4]))
    guard case .rows(let sum) = table.gradient else {
      Issue.record("\(table.gradient)")
      return
    }
    #expect(sum.indices == [0, 1, 2])
    #expect(sum.values.values == [1, 1, 3, 3, 6, 6])
  }

  @Test func mergingWithNothingChangesNothing() {
    let some = rows([0, 7], [1, 2, 3, 4])
    for merged in [some.merging(rows([], [])), rows([], []).merging(some)] {
      #expect(merged.indices == [0, 7])
      #expect(merged.values.values == [1, 2, 3, 4])
    }
    #expect(rows([], []).merging(rows([], [])).indices.isEmpty)
  }

  @Test func mergingOfManyRowsEqualsTheSumOfTheDenseForms() {
    var stream = RandomStream(key: 8)
    func random(_ name: String) -> RowGradient {
      let indices = Set((0..<60).map { _ in Int32(stream.integer(below: 100)) }).sorted()
      return RowGradient(
        indices: indices, values: Tensor(normal: name, shape: [indices.count, 3]))
    }
    let (a, b) = (random("a"), random("b"))
    let merged = a.merging(b)
    #expect(merged.indices == Set(a.indices + b.indices).sorted())
    let sum = zip(a.densified(rowCount: 100).values, b.densified(rowCount: 100).values).map(+)
    #expect(merged.densified(rowCount: 100).values == sum)
  }
}
