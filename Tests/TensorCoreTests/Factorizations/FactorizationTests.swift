import TensorCore
import Testing

@Suite struct CholeskyFactorTests {
  private func matrix(_ size: Int, seed: UInt64) -> [Double] {
    var stream = RandomStreams(seed: seed)["matrix"]
    let root = (0..<size * size).map { _ in stream.normal() }
    return (0..<size * size).map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: size)
      return (0..<size).reduce(row == column ? 0.1 : 0) {
        $0 + root[row * size + $1] * root[column * size + $1]
      }
    }
  }

  private func product(_ matrix: [Double], _ x: [Double]) -> [Double] {
    x.indices.map { row in
      x.indices.reduce(0) { $0 + matrix[row * x.count + $1] * x[$1] }
    }
  }

  @Test(arguments: [1, 2, 7, 40]) func solvesAndInverts(size: Int) throws {
    let matrix = matrix(size, seed: UInt64(size))
    let factor = try #require(CholeskyFactor(matrix, size: size))
    let x = (0..<size).map { Double($0) - 3 }
    let solution = factor.solution(of: product(matrix, x))
    let column = product(factor.inverse(), product(matrix, x))
    for index in 0..<size {
      #expect(abs(solution[index] - x[index]) < 1e-7)
      #expect(abs(column[index] - x[index]) < 1e-7)
    }
  }

  @Test func theLengthOfAForwardSolutionIsTheQuadraticForm() throws {
    let matrix = matrix(6, seed: 3)
    let factor = try #require(CholeskyFactor(matrix, size: 6))
    let (x, y) = ([1.0, 2, 3, 4, 5, 6], [0.5, 0, -1, 2, 0, 1])
    let both = factor.solvedForward(x + y)
    for (vector, solved) in [(x, both.prefix(6)), (y, both.suffix(6))] {
      let form = zip(vector, factor.solution(of: vector)).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(solved.reduce(0) { $0 + $1 * $1 } / form - 1) < 1e-9)
    }
  }

  @Test func knowsTheDeterminant() throws {
    let factor = try #require(CholeskyFactor([4, 0, 2, 5], size: 2))
    #expect(abs(factor.logDeterminant - 16.0.naturalLogarithm) < 1e-14)
  }

  @Test(arguments: [[1, 2, 2, 1], [0, 0, 0, 0], [1, 0, .nan, 1]])
  func refusesWhatIsNotPositiveDefinite(matrix: [Double]) {
    #expect(CholeskyFactor(matrix, size: 2) == nil)
  }
}

@Suite struct SymmetricEigenvectorsTests {
  @Test func functionsOfTheMatrixActOnVectors() throws {
    // Eigenvalues 1 and 3 with the eigenvectors (1, -1) and (1, 1).
    let vectors = try #require(SymmetricEigenvectors([2, 1, 1, 2], size: 2))
    #expect(abs(vectors.values[0] - 1) < 1e-14 && abs(vectors.values[1] - 3) < 1e-14)
    let same = vectors.product(of: [5, -2]) { $0 }
    #expect(abs(same[0] - 8) < 1e-13 && abs(same[1] - 1) < 1e-13)
    let root = vectors.product(of: vectors.product(of: [5, -2]) { $0.squareRoot() }) {
      $0.squareRoot()
    }
    #expect(abs(root[0] - 8) < 1e-13 && abs(root[1] - 1) < 1e-13)
  }

  @Test func refusesWhatIsNotFinite() {
    #expect(SymmetricEigenvectors([1, .infinity, .infinity, 1], size: 2) == nil)
  }
}
