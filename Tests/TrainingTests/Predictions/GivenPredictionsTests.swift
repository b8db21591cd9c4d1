import Foundation
import Ranking
import TensorCore
import TestKit
import Testing

// Internal: Contents.
@testable import Training

@Suite("Predictions that are handed in") struct GivenPredictionsTests {
  private func file(_ header: String, _ numbers: [UInt8], in folder: String) throws -> String {
    let path = folder + "/array.npy"
    let text = Array(header.utf8) + [0x0a]
    let bytes =
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 0xff), UInt8(text.count >> 8)] + text
    try Data(bytes + numbers).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func bytes(_ values: [Double]) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
  }

  @Test func anArrayThatWasWrittenIsReadBack() throws {
    try withTemporaryPath { folder in
      let tensor = Tensor(normal: "array", shape: [7, 3])
      try NumPyFile.write(tensor, to: folder + "/a.npy")
      let found = try NumPyFile.read(folder + "/a.npy")
      #expect(found.shape == [7, 3] && found.values == tensor.values.map(Double.init))
    }
  }

  @Test func numbersOf64BitsAreRead() throws {
    try withTemporaryPath { folder in
      let path = try file(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", bytes([0.1, -2, 1e300]),
        in: folder)
      #expect(try NumPyFile.read(path) == .init(shape: [3], values: [0.1, -2, 1e300]))
    }
  }

  @Test(arguments: [
    ("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }", "numbers of the type <i4"),
    ("{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }", "numbers of the type >f8"),
    ("{'fortran_order': False, 'shape': (1,), }", "numbers of the type unknown"),
    ("{'descr': '<f8', 'fortran_order': True, 'shape': (1,), }", "is stored column by column"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", "has 8 bytes of numbers"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", "has 8 bytes of numbers"),
    (
      "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
      "has 8 bytes of numbers"
    ),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (x,), }", "has 8 bytes of numbers"),
    ("{'descr': '<f8', 'fortran_order': False}", "has 8 bytes of numbers"),
  ])
  func aDamagedHeaderIsRefused(header: String, message: String) throws {
    try withTemporaryPath { folder in
      let path = try file(header, bytes([1]), in: folder)
      let found = sentence { _ = try NumPyFile.read(path) }
      #expect(found?.contains(message) == true, "\(found ?? "accepted")")
    }
  }

  @Test func whatIsNoArrayIsRefused() throws {
    try withTemporaryPath { folder in
      let path = folder + "/a.npy"
      for text in ["", "row,click\n0,0.5\n"] {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        #expect(
          sentence { _ = try NumPyFile.read(path) } == "\(path): is no NumPy array file (.npy)")
      }
      try Data([0x93] + Array("NUMPY".utf8) + [1, 0, 0xff, 0xff, 0x7b]).write(
        to: URL(fileURLWithPath: path))
      #expect(sentence { _ = try NumPyFile.read(path) } == "\(path): is cut off within its header")
    }
  }

  /// What a model of ours predicts measures the same, handed in.
  @Test func theMeasuresAreThoseOfAModelWithTheSamePredictions() throws {
    try withTemporaryPath { folder in
      let rows = ToyRows(count: 500, seed: 4)
      let model = try ToyModel.built()
      let expected = try model.evaluate(on: TestSplit(rows))
      try NumPyFile.write(expected.logits, to: folder + "/test.npy")
      let given = try GivenPredictions(contentsOf: folder + "/test.npy", scores: .logOdds)
      #expect(try given.evaluate(on: TestSplit(rows)) == expected.grid)
      try NumPyFile.write(expected.probabilities, to: folder + "/test.npy")
      let grid = try GivenPredictions(contentsOf: folder + "/test.npy", scores: .probability)
        .evaluate(on: TestSplit(rows))
      let (found, wanted) = (grid.pooled[0], expected.grid.pooled[0])
      expectClose(try #require(found[.logLoss]), try #require(wanted[.logLoss]), relative: 1e-6)
      let message = sentence {
        _ = try given.evaluate(on: TestSplit(ToyRows(count: 400, seed: 4)))
      }
      #expect(
        message?.hasSuffix("has the shape [500, 2], but the split has 400 rows and 2 tasks") == true
      )
    }
  }

  @Test(arguments: [Float(0), 1, 1.5, -0.1, .nan])
  func whatIsNoProbabilityIsRefused(value: Float) throws {
    try withTemporaryPath { folder in
      let path = folder + "/p.npy"
      try NumPyFile.write(Tensor([0.5, 0.5, 0.5, value], shape: [2, 2]), to: path)
      let found = sentence { _ = try GivenPredictions(contentsOf: path, scores: .probability) }
      #expect(
        found?.hasSuffix("in row 1, column 1, which is no probability above 0 and below 1") == true)
    }
  }
}
