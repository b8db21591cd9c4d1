import Datasets
import Foundation
import Ranking
import TestKit
import Testing

// Internal: keep, scenarios, sources.
@testable import DatasetImport

@Suite struct EachTests {
  private static let sources =
    "[{each: {country: [NL, ES], part: [train, test]}, file: '{country}/{part}.csv', split: '{part}'}]"

  private func twoCountries() -> SmallImport {
    var small = SmallImport()
    small.sources = Self.sources
    small.scenarios = "[{column: country, keep: [NL, ES]}]"
    small.split = "{test: published, validation: {hash: row, share: 0.3}}"
    for country in ["NL", "ES"] {
      small.files["\(country)/train.csv"] = SmallImport.csv
      small.files["\(country)/test.csv"] = SmallImport.csv
    }
    return small
  }

  /// Imports what is left of the schema under the given values.
  private func dataset(_ small: SmallImport, _ each: [EachValue], in folder: TemporaryFolder) throws
    -> Dataset
  {
    for (name, text) in small.files { try folder.write(text, to: "data/\(name)") }
    let schema = try DatasetSchema(yaml: small.yaml, file: "small.yaml").restricted(to: each)
    return try DatasetImporter(schema: schema, root: folder["data"]).run(into: folder["cache"])
  }

  private func failure(_ small: SmallImport, _ each: [EachValue]) -> String {
    message { _ = try DatasetSchema(yaml: small.yaml, file: "small.yaml").restricted(to: each) }
  }

  @Test func oneCountryNeedsNoFileOfAnother() throws {
    let folder = try TemporaryFolder()
    var small = twoCountries()
    small.files = small.files.filter { $0.key.hasPrefix("ES") }
    let dataset = try dataset(small, [EachValue(name: "country", value: "ES")], in: folder)
    #expect(dataset.problem.scenarios == ScenarioTree(name: "country", values: ["ES"]))
    #expect(dataset.test.rows.rowCount == 40)
    #expect(dataset.manifest.provenance["each"] == "country=ES")
    #expect(dataset.manifest.provenance["files"]?.contains("train.csv") == true)
  }

  @Test func everyValueCanBeLeftOutOfTrainingInItsTurn() throws {
    var small = SmallImport()
    small.sources = "[{each: {country: [NL, ES]}, file: '{country}.csv'}]"
    small.features = "{categorical: [user, country]}"
    small.split = "{test: {leaveOut: [NL], of: country}, validation: {hash: row, share: 0.3}}"
    small.files = ["NL.csv": SmallImport.csv, "ES.csv": SmallImport.csv]
    let schema = try DatasetSchema(yaml: small.yaml, file: "small.yaml")
    #expect(try schema.values(ofEach: "leaveOut") == ["NL", "ES"])
    let folder = try TemporaryFolder()
    let dataset = try dataset(small, [EachValue(name: "leaveOut", value: "ES")], in: folder)
    #expect(dataset.test.rows.rowCount == 40)
    #expect(dataset.training.rows.rowCount + dataset.validation.rows.rowCount == 40)
    let countries = try VocabularyFile.read(of: dataset)?.fields[1].values ?? []
    #expect(countries.contains("NL") && !countries.contains("ES"))
    #expect(dataset.manifest.provenance["each"] == "leaveOut=ES")
    #expect(
      failure(small, [EachValue(name: "leaveOut", value: "ER")]).hasPrefix(
        "--each: unknown value of leaveOut 'ER'"))
    small.split = "{test: {hash: row, share: 0.3}, validation: none}"
    #expect(
      failure(small, [EachValue(name: "leaveOut", value: "ES")]).hasPrefix(
        "--each: unknown name 'leaveOut'"))
  }

  @Test func rowsAreInTheSplitThatTheyHaveAmongAllCountries() throws {
    let (alone, together) = (try TemporaryFolder(), try TemporaryFolder())
    let one = try dataset(
      twoCountries(), [EachValue(name: "country", value: "ES")], in: alone)
    let all = try dataset(twoCountries(), [], in: together)
    let batch = try all.validation.rows.all.batch
    let rows = batch.leaves.indices.filter { batch.leaves[$0] == 1 }
    #expect(rows.count > 5)
    // Prices are scaled by other moments, so rows are compared by user.
    let names = try VocabularyFile.read(of: all)?.fields[0].values ?? []
    let namesAlone = try VocabularyFile.read(of: one)?.fields[0].values ?? []
    #expect(
      rows.map { names[Int(batch.ids[$0]) - 1] }
        == (try one.validation.rows.all.batch.ids.map { namesAlone[Int($0) - 1] }))
  }

  @Test func valuesOfAColumnAreFiltered() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.files = ["log.csv": SmallImport.csv]
    small.scenarios = "[{column: place, keep: [B, A]}]"
    let each = [EachValue(name: "place", value: "A")]
    let dataset = try dataset(small, each, in: folder)
    #expect(dataset.problem.scenarios.leafNames == ["A"])
    #expect(SplitName.allCases.map { dataset.counts(of: $0).rowCount } == [16, 4, 6])
    // The same data set as that of a schema that says so by itself.
    small.scenarios = "[{column: place, keep: [A], others: drop}]"
    let edited = try TemporaryFolder()
    #expect(try dataset.fingerprint == self.dataset(small, [], in: edited).fingerprint)
  }

  @Test func severalValuesStandTogetherInTheOrderOfTheSchema() throws {
    var small = twoCountries()
    small.scenarios = "[{column: country, keep: [NL, ES]}]"
    let schema = try DatasetSchema(yaml: small.yaml, file: "small.yaml")
    let both = ["ES", "NL"].map { EachValue(name: "country", value: $0) }
    #expect(try schema.restricted(to: both).scenarios[0].keep == ["NL", "ES"])
    #expect(try schema.restricted(to: both).sources == schema.sources)
    #expect(try schema.values(ofEach: "country") == ["NL", "ES"])
    #expect(try schema.values(ofEach: "part") == ["train", "test"])
  }

  @Test func unknownNamesAndValuesAreRefused() {
    #expect(
      failure(twoCountries(), [EachValue(name: "county", value: "NL")])
        == "--each: unknown name 'county'; did you mean 'country'? (known: country, part)")
    #expect(
      failure(twoCountries(), [EachValue(name: "country", value: "LN")])
        == "--each: unknown value of country 'LN'; did you mean 'NL'? (known: NL, ES)")
    #expect(
      failure(twoCountries(), [EachValue(name: "part", value: "train")])
        == "with --each part=train: small.yaml:7: split.test: is 'published', but no source is of "
        + "this split")
    let twice = [EachValue(name: "country", value: "NL"), EachValue(name: "country", value: "NL")]
    #expect(failure(twoCountries(), twice) == "--each country=NL is given twice")
    #expect(
      message {
        _ = try DatasetSchema(yaml: SmallImport().yaml, file: "small.yaml")
          .values(ofEach: "place")
      }
        == "--each place: the schema does not list the values of 'place'; give one, as --each place=VALUE"
    )
  }

  @Test func aValueThatNoRowHasLeavesNothing() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.files = ["log.csv": SmallImport.csv]
    #expect(
      message { _ = try dataset(small, [EachValue(name: "place", value: "C")], in: folder) }
        == "--each: unknown value of place 'C'; did you mean 'A'? (known: A, B)")
    #expect(
      message { _ = try dataset(small, [EachValue(name: "place", value: "")], in: folder) }
        == "--each: unknown value of place ''; did you mean 'A'? (known: A, B)")
  }

  @Test func aValueThatNoRowHasIsNotPassedOverBesideOthers() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.files = ["log.csv": SmallImport.csv.replacing(",A,", with: ",Ahorn,")]
    let each = ["B", "Ahron"].map { EachValue(name: "place", value: $0) }
    #expect(
      message { _ = try dataset(small, each, in: folder) }
        == "--each: unknown value of place 'Ahron'; did you mean 'Ahorn'? (known: Ahorn, B)")
    #expect(
      try dataset(small, [each[0], EachValue(name: "place", value: "Ahorn")], in: folder).problem
        .scenarios.leafNames == ["Ahorn", "B"])
  }

  @Test func valuesThatNoRowHasTogetherAreNamed() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.scenarios = "[user, place]"
    small.features = "{numerical: [price]}"
    small.files = [
      "log.csv": "user,place,price,day,click\n"
        + (0..<40).map { "u\($0 % 2),p\($0 % 2),1,\($0 / 5 + 1),\($0 % 4 / 2)\n" }.joined()
    ]
    let each = [EachValue(name: "user", value: "u1"), EachValue(name: "place", value: "p0")]
    #expect(
      message { _ = try dataset(small, each, in: folder) }
        == "with --each user=u1 --each place=p0: no row has these values")
  }

  @Test func rowsOutsideOfTheFilterDoNotCount() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.files = ["log.csv": SmallImport.csv]
    small.filter = "{column: place, equals: A}"
    #expect(
      message { _ = try dataset(small, [EachValue(name: "place", value: "B")], in: folder) }
        .hasPrefix("--each: unknown value of place 'B'; did you mean 'A'? (known: A)"))
    small.filter = "{column: day, atLeast: 9}"
    #expect(
      message { _ = try dataset(small, [EachValue(name: "place", value: "B")], in: folder) }
        == "with --each place=B: small.yaml:4: filter: no row with these values satisfies the condition"
    )
  }

  @Test func theRestrictionIsNamedWhereItLeavesTooFewRows() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.files = ["log.csv": SmallImport.csv + "u1,C,1,1,1\n"]
    #expect(
      message { _ = try dataset(small, [EachValue(name: "place", value: "C")], in: folder) }
        == "with --each place=C: task 'click' has one class in the train split: 1 positives in 1 "
        + "labels")
    small.files = ["log.csv": SmallImport.csv + "u1,C,1,7,1\n"]
    #expect(
      message { _ = try dataset(small, [EachValue(name: "place", value: "C")], in: folder) }
        == "with --each place=C: the train split has no rows: all rows are of test or validation")
    small.files = ["log.csv": SmallImport.csv + "u1,C,1,1,1\nu1,C,1,1,0\n"]
    #expect(
      message { _ = try dataset(small, [EachValue(name: "place", value: "C")], in: folder) }
        == "with --each place=C: the validation split has no rows")
  }
}
