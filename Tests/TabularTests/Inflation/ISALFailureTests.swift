import TestKit
import Testing

// Internal: ISAL.
@testable import Tabular

/// Libraries that are not there, or are something else.
@Suite struct ISALFailureTests {
  @Test func missingFile() {
    #expect(
      message { _ = try ISAL(path: "/nonexistent/libisal.so") }.hasPrefix(
        "the library ISA-L that AESM2_ISAL names cannot be loaded: /nonexistent/libisal.so"))
  }

  #if os(Linux)
    @Test func anotherLibrary() {
      #expect(
        message { _ = try ISAL(path: "libm.so.6") }
          == "AESM2_ISAL should name the library ISA-L, but libm.so.6 cannot inflate")
    }
  #endif
}
