import TestKit
import Testing

/// The judge of pages judged: a page with a fault must be caught.
@Suite struct PageJudgeTests {
  private func problems(_ text: String) throws -> [String] {
    try PageJudge(MarkdownPage(path: "page.md", text: text)).problems
  }

  @Test func blocksOfAPageRunInOrderInOneFolder() throws {
    let page = """
      <!-- test: file schema.yaml -->
      ```yaml
      name: x
      ```

      ```sh
      grep -q x schema.yaml   # a remark
      aesm2 models mmoe > model.txt
      ```
      Text.
      ```sh
      test -s model.txt
      ```
      """
    #expect(try problems(page) == [])
  }

  @Test func commandThatFailsIsAProblemThatNamesIt() throws {
    for command in ["aesm2 models mmeo", "make no-such-target", "swift test --filter NoSuchSuite"] {
      let found = try problems("Text.\n\n```sh\ntrue\n\(command)\ntrue\n```\n")
      #expect(found.count == 1)
      #expect(found.first?.hasPrefix("page.md:3: ") == true)
      #expect(found.first?.contains(command) == true)
    }
  }

  @Test func statusOtherThanThePageSaysIsAProblem() throws {
    #expect(try problems("<!-- test: ends with 64 -->\n```sh\naesm2 modles\n```") == [])
    #expect(try problems("<!-- test: ends with 1 -->\n```sh\naesm2 modles\n```").count == 1)
    #expect(try problems("<!-- test: ends with 1 -->\n```sh\naesm2 models\n```").count == 1)
  }

  @Test func outputIsComparedButForWhatThePageLeavesOut() throws {
    let shown = "$ echo 'a b  12 seconds'; echo done\n"
    for right in ["a b … seconds\ndone", "a   b 12 seconds\ndone", "…\ndone", "a b…"] {
      #expect(try problems("```console\n\(shown)\(right)\n```") == [])
    }
    for wrong in ["a b … hours\ndone", "a b 12 seconds", "done", "…\ndone\nmore", ""] {
      #expect(try problems("```console\n\(shown)\(wrong)\n```").count == 1)
    }
  }

  @Test func schemasAndSpecificationsAreRead() throws {
    func block(_ directive: String, _ yaml: String) throws -> [String] {
      try problems("<!-- test: \(directive) -->\n```yaml\n\(yaml)\n```")
    }
    #expect(try block("schema part", "tasks: [click, buy]") == [])
    #expect(try block("schema part", "task: [click]").count == 1)
    #expect(try block("schema", "tasks: [click]").count == 1)
    #expect(try block("specification part", "seeds: 3") == [])
    #expect(try block("specification part", "seed: 3").count == 1)
    #expect(try block("specification part", "models: [{id: mmeo}]").count == 1)
  }

  @Test func quotationMustStandInItsFile() throws {
    let quoted = "<!-- test: quoted from baselines/MMoE.swift -->\n```swift\n"
    #expect(try problems(quoted + "import Layers\nimport Ranking\n```") == [])
    #expect(try problems(quoted + "import Ranking\nimport Layers\n```").count == 1)
    #expect(try problems(quoted + "import Rankings\n```").count == 1)
  }

  @Test(
    arguments: [
      "```\naesm2 models\n```", "```yaml\nid: x\n```", "```swift\nlet x = 1\n```",
      "```ruby\nputs 1\n```", "```text\n$ aesm2 models\n```", "```text\naesm2 models\n```",
      "    aesm2 models", "<!-- test: skip -->\n```sh\ntrue\n```", "```sh\ntrue",
      "<!-- test: skip: no reason is too small -->\n\nText.",
      "<!-- test: replace x -> y (z) -->\n```sh\ntrue\n```",
      "<!-- test: schema -->\n<!-- test: ends with 1 -->\n```yaml\nid: x\n```",
      "```console\ntrue\n```",
    ])
  func blockOfNoKnownKindIsAProblem(page: String) throws {
    #expect(try problems(page).count == 1)
  }

  @Test func skippedBlockIsCountedWithItsReason() throws {
    let page = MarkdownPage(
      path: "page.md", text: "<!-- test: skip: needs a printer -->\n```sh\nfalse\n```")
    let judge = try PageJudge(page)
    #expect(judge.problems == [] && judge.skipped == ["page.md:2: needs a printer"])
  }

  @Test(
    arguments: [
      "`aesm2 data improt x`", "`aesm2 train --rundir x`", "`make tset`", "`--no-such-option`",
      "`experimentSize=3`", "`docs/no-such-page.md`", "`datasets/us-flights.yaml`",
      "[here](docs/no-such-page.md)", "`NoSuchFile.swift`",
    ])
  func nameOfWhatDoesNotExistIsAProblem(text: String) throws {
    let page = MarkdownPage(path: "README.md", text: "Some \(text).\n")
    #expect(try PageReferences(page: page).problems().count == 1)
  }

  @Test func namesOfWhatExistsAreFine() throws {
    let text = """
      `aesm2 data import|synth --threads 2`, `aesm2 models`, `make test`, `--run-dir`, `--only`,
      `embeddingSize=8`, `levelCount: 1`, `docs/protocol.md`, `schemas/us-flights.yaml`, `data/mine`,
      [here](docs/protocol.md#runs), [there](https://example.org/x), `Catalog.swift`.
      """
    #expect(try PageReferences(page: MarkdownPage(path: "README.md", text: text)).problems() == [])
  }
}
