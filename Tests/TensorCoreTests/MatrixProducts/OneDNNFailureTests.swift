import TestKit
import Testing

// Internal: OneDNN.
@testable import TensorCore

/// Libraries that are not there, or are something else.
@Suite struct OneDNNFailureTests {
  private func sentence(_ path: String) -> String {
    do {
      return "no error, but version \(try OneDNN(path: path).version)"
    } catch {
      return error.description
    }
  }

  @Test func missingFile() {
    #expect(
      sentence("/nonexistent/libdnnl.so").hasPrefix(
        "precision bf16 needs the library oneDNN, but the file that AESM2_ONEDNN names cannot be "
          + "loaded: /nonexistent/libdnnl.so"))
  }

  #if os(Linux)
    @Test func anotherLibrary() {
      #expect(
        sentence("libm.so.6")
          == "precision bf16 needs oneDNN 2 or 3, but libm.so.6 has no such matrix product")
    }
  #endif

  @Test func fp32NeedsNothing() throws {
    try MatrixPrecision.fp32.checkAvailable()
    #expect(MatrixPrecision.fp32.libraryDescription == Parallelism.blasDescription)
  }

  @Test(.needsOneDNN) func versionIsTold() throws {
    try MatrixPrecision.bf16.checkAvailable()
    let description = try #require(MatrixPrecision.bf16.libraryDescription)
    #expect(try /OpenBLAS .*; oneDNN [23]\.\d+\.\d+ for bf16/.wholeMatch(in: description) != nil)
  }
}
