import TensorCore
import TestKit
import Testing

@Suite("Products of sparse rows") struct SparseProductTests {
  private static func matrix(
    columns: Int, _ rows: [[(column: Int, value: Float)]]
  ) -> SparseRows {
    var x = SparseRows(columnCount: columns)
    for row in rows {
      for element in row { x.append(element.value, column: element.column) }
      x.endRow()
    }
    return x
  }

  static let cases = [
    OperationCase("a column named twice in a row", shapes: [[5, 2]]) {
      matrix(columns: 5, [[(1, 0.5), (4, -2), (1, 3)], [(0, 1)]]).multiplied(by: $0[0])
    },
    OperationCase("an empty row", shapes: [[5, 3]]) {
      matrix(columns: 5, [[], [(4, 1), (2, 0.25)], []]).multiplied(by: $0[0])
    },
    OperationCase("no rows", shapes: [[5, 3]]) {
      matrix(columns: 5, []).multiplied(by: $0[0])
    },
    OperationCase("a table that is computed", shapes: [[4, 1]]) {
      matrix(columns: 4, [[(3, 2)], [(3, 1), (0, 1)]]).multiplied(by: $0[0].activated(by: .tanh))
    },
    OperationCase("many rows", shapes: [[9, 2]]) {
      matrix(columns: 9, (0..<700).map { [($0 % 9, 0.5), ($0 * 5 % 9, -1)] })
        .multiplied(by: $0[0])
    },
  ]

  @Test(arguments: cases)
  func gradientsAgree(operation: OperationCase) { operation.check(at: .portable) }

  @Test func aRowIsTheWeightedSumOfTheTableRowsItNames() {
    let table = Variable(Tensor([0, 1, 10, 11, 20, 21], shape: [3, 2]))
    let y = Self.matrix(columns: 3, [[(2, 2), (0, -1)], []]).multiplied(by: table)
    #expect(y.value.values == [40, 41, 0, 0])
  }

  @Test func rowsAppendedBelowKeepTheirElements() {
    var x = Self.matrix(columns: 3, [[(0, 1)], [(1, 2), (2, 3)]])
    x.append(Self.matrix(columns: 3, [[], [(2, 5)]]))
    #expect(x.offsets == [0, 1, 3, 3, 4])
    #expect(x.columns == [0, 1, 2, 2] && x.values == [1, 2, 3, 5])
  }
}
