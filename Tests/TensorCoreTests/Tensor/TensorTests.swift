import TensorCore
import Testing

@Suite struct TensorTests {
  @Test func shapesAreCounted() {
    let tensor = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
    #expect(tensor.count == 24)
    #expect(tensor.rowCount == 6)
    #expect(tensor.columnCount == 4)
    #expect(tensor.values == (0..<24).map(Float.init))
    let scalar = Tensor(scalar: 3)
    #expect(scalar.shape == [] && scalar.count == 1 && scalar.scalar == 3)
    #expect(scalar.rowCount == 1 && scalar.columnCount == 1)
    #expect(Tensor(zeros: [0, 5]).values.isEmpty)
  }

  @Test func reshapedSharesMemoryAndCopyDoesNot() {
    let tensor = Tensor(repeating: 2, shape: [2, 3])
    let view = tensor.reshaped(to: [6])
    let copy = tensor.copy()
    tensor.assign(Tensor(repeating: 7, shape: [2, 3]))
    #expect(view.values == [7, 7, 7, 7, 7, 7])
    #expect(view.shape == [6])
    #expect(copy.values == [2, 2, 2, 2, 2, 2])
  }

  @Test func elementsCanBeChangedInPlace() {
    let tensor = Tensor(zeros: [3])
    tensor.withUnsafeMutableBufferPointer { $0[1] = 5 }
    #expect(tensor.withUnsafeBufferPointer { Array($0) } == [0, 5, 0])
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func oneElementMakesATensorNotFinite(value: Float) {
    #expect(Tensor([0, .greatestFiniteMagnitude], shape: [2]).isFinite)
    #expect(!Tensor([0, value, 1], shape: [3]).isFinite)
    #expect(Tensor(zeros: [0]).isFinite)
  }
}
