import Configuration
import Foundation
import SyntheticData
import TestKit
import Testing

@Suite struct SyntheticFailureTests {
  @Test func unknownRecipeNamesTheNearest() throws {
    #expect(
      message { _ = try SyntheticRecipe.named("aliexpres") }
        == "unknown synthetic data set 'aliexpres'; did you mean 'aliexpress'? "
        + "(known: aliexpress, entrance-card, many-scenarios)")
  }

  @Test func unknownKnobNamesTheNearest() throws {
    let text = message {
      _ = try SyntheticRecipe.named("aliexpress", overriding: ["scenarioStrenth": .number(0.5)])
    }
    #expect(
      text.hasPrefix(
        "synthetic data set 'aliexpress': unknown hyper-parameter 'scenarioStrenth'; "
          + "did you mean 'scenarioStrength'?"))
  }

  @Test func knobOutOfBoundsSaysTheBounds() throws {
    #expect(
      message {
        _ = try SyntheticRecipe.named("aliexpress", overriding: ["interactionShare": .number(1.5)])
      }
        == "synthetic data set 'aliexpress': interactionShare: must be a number from 0 to 1, but is 1.5"
    )
  }

  @Test func knobOfAnotherTypeSaysWhatIsAccepted() throws {
    #expect(
      message {
        _ = try SyntheticRecipe.named("aliexpress", overriding: ["taskStrength": .string("big")])
      }
        == "synthetic data set 'aliexpress': taskStrength: must be a number from 0 to 4, but is the text 'big'"
    )
  }

  @Test func settingsOfAnotherRecipeAreUnknown() throws {
    let text = message {
      _ = try SyntheticRecipe.named("aliexpress", overriding: ["groupCount": .integer(2)])
    }
    #expect(text.hasPrefix("synthetic data set 'aliexpress': unknown hyper-parameter 'groupCount'"))
  }

  @Test func moreGroupsThanScenariosAreRefused() throws {
    #expect(
      message {
        _ = try SyntheticRecipe.named(
          "many-scenarios",
          overriding: ["scenarioCount": .integer(3), "groupCount": .integer(4)])
      }
        == "synthetic data set 'many-scenarios': groupCount is 4, but must be at most "
        + "scenarioCount, which is 3")
  }

  @Test func impossibleRatesNameTheScenario() throws {
    let folder = try TemporaryFolder()
    let clicks = try SyntheticRecipe.named(
      "entrance-card", overriding: ["ctrMultiplier": .integer(6)])
    #expect(
      message { _ = try clicks.generate(into: folder["twin"], rows: 1000) }
        == "ctrMultiplier is 6.0, which makes the click-through rate of main-search/service 0.54, "
        + "but it must be at most 0.5")
    let purchases = try SyntheticRecipe.named(
      "aliexpress", overriding: ["ctcvrMultiplier": .integer(25)])
    #expect(
      message { _ = try purchases.generate(into: folder["twin"], rows: 1000) }
        == "ctcvrMultiplier is 25.0, which makes the purchase rate of ES 0.015, but at most half "
        + "of its clicks (0.0133) can be purchases")
    #expect(folder.contents.isEmpty)
  }

  @Test(arguments: [0, -5, 9, 3_000_000_000])
  func impossibleNumberOfRowsIsRefused(rows: Int) throws {
    let folder = try TemporaryFolder()
    #expect(
      message {
        _ = try SyntheticRecipe.named("aliexpress").generate(into: folder["twin"], rows: rows)
      } == "rows is \(rows), but must be a whole number from 10 to 2000000000")
    #expect(folder.contents.isEmpty)
  }

  @Test func tooFewRowsSayHowManyWouldDoAndLeaveNothing() throws {
    let folder = try TemporaryFolder()
    #expect(
      message {
        _ = try SyntheticRecipe.named("aliexpress").generate(into: folder["twin"], rows: 2000)
      } == "the train split (1600 of 2000 rows) has no positive of task 'ctcvr' in scenario RU; "
        + "ask for about 2200000 rows, or raise ctrMultiplier or ctcvrMultiplier")
    #expect(folder.contents.isEmpty)
  }

  @Test func workThatIsStoppedLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let text = message {
      _ = try SyntheticSupport.frequent().generate(into: folder["twin"], rows: 60_000) { done, _ in
        if done > 20_000 { throw Diagnostic("stopped") }
      }
    }
    #expect(text == "stopped")
    #expect(folder.contents.isEmpty)
  }

  @Test func aFileInThePlaceOfTheFolderIsKept() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "twin")
    #expect(
      message {
        _ = try SyntheticSupport.frequent().generate(into: folder["twin"], rows: 60_000)
      } == "\(folder["twin"].path): is a file, but must be a folder for the data set")
    #expect(try String(contentsOf: folder["twin"], encoding: .utf8) == "mine")
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "file")
    let text = message {
      _ = try SyntheticSupport.frequent().generate(into: folder["file/twin"], rows: 60_000)
    }
    #expect(text.hasPrefix("cannot create the folder '\(folder["file"].path)"))
    #expect(folder.contents == ["file"])
  }
}
