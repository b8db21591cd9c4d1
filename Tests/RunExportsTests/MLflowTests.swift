import Configuration
import Foundation
import TestKit
import Testing

// Internal: MLflowNames and Curl, whose cases a live server does not show.
@testable import RunExports

@Suite struct MLflowTests {
  @Test(arguments: [
    ("test/auc/macro", "test/auc/macro"), ("test/ndcg@10/click", "test/ndcg_10/click"),
    ("test/auc/\"macro\"", "test/auc/_macro_"), ("settings.dropout", "settings.dropout"),
    ("a//b", "a/_/b"), ("../x", "_/x"), ("/x", "_/x"), ("x/.", "x/_"), ("é ß/漢", "é ß/漢"),
    ("a\nb%c:d", "a_b_c_d"),
  ])
  func namesAreMadeAcceptable(name: String, expected: String) {
    var names = MLflowNames()
    #expect(names[name] == expected)
  }

  @Test func namesThatBecomeTheSameStayApart() {
    var names = MLflowNames()
    #expect([names["a@b"], names["a:b"], names["a_b"]] == ["a_b", "a_b_2", "a_b_3"])
    #expect(names["a:b"] == "a_b_2")
  }

  @Test(arguments: ["127.0.0.1:5000", "ftp://host", "http://", "http://host?x=1", ""])
  func whatIsNoAddressIsRefused(address: String) throws {
    let fixture = try ExportFixture()
    let text = sentence {
      _ = try MLflowExporter.export(
        ExportRequest(runs: try fixture.runs, destination: address))
    }
    #expect(text?.contains("is not the address of an MLflow server") == true, "\(text ?? "")")
  }

  @Test func aServerThatDoesNotAnswerIsNamed() throws {
    let fixture = try ExportFixture()
    // Port 1 is reserved, and nothing listens there.
    let text = try #require(
      sentence {
        _ = try MLflowExporter.export(
          ExportRequest(runs: try fixture.runs, destination: "http://127.0.0.1:1/"))
      })
    #expect(text.hasPrefix("http://127.0.0.1:1/api/2.0/mlflow/experiments/create: no answer: "))
  }

  @Test func withoutCurlTheSentenceSaysWhatToInstall() throws {
    let text = sentence { _ = try Curl(environment: ["PATH": "/nowhere"]) }
    #expect(text?.contains("curl") == true && text?.contains("install it") == true)
  }
}
