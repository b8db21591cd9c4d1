import DatasetImport
import Datasets
import Foundation
import Ranking
import TestKit
import Testing

@Suite struct ImportTests {
  @Test func rowsGoToTheirSplitWithTheirLabels() throws {
    let folder = try TemporaryFolder()
    let dataset = try SmallImport().run(in: folder)
    #expect(dataset.training.rows.rowCount == 25)
    #expect(dataset.validation.rows.rowCount == 5)
    #expect(dataset.test.rows.rowCount == 10)
    #expect(dataset.problem.scenarios == ScenarioTree(name: "place", values: ["A", "B"]))
    let test = try dataset.test.rows.all
    #expect(test.labels.values == (30..<40).map { $0 % 4 == 0 ? 1 : 0 })
    #expect(test.batch.leaves == (30..<40).map { $0 % 3 == 0 ? 1 : 0 })
    #expect(try LintReport.stored(with: dataset) != nil)
    #expect(folder.contents == ["cache", "data"])
  }

  @Test func sameFilesGiveTheSameFingerprint() throws {
    let (one, two) = (try TemporaryFolder(), try TemporaryFolder())
    let small = SmallImport()
    #expect(try small.run(in: one).fingerprint == small.run(in: two).fingerprint)
  }

  @Test func jsonLinesGiveTheDataSetOfTheSameRowsInCSV() throws {
    let rows = SmallImport.csv.split(separator: "\n").map { $0.split(separator: ",") }
    let lines = rows.dropFirst().map { row in
      "{\"user\": \"\(row[0])\", \"place\": \"\(row[1])\", \"price\": \(row[2]), \"day\": \(row[3]), "
        + "\"click\": \(row[4] == "1")}\n"
    }
    var small = SmallImport()
    small.sources = "[{file: log.jsonl}]"
    small.files = ["log.jsonl": lines.joined()]
    let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
    #expect(try small.run(in: folder).fingerprint == SmallImport().run(in: other).fingerprint)
  }

  @Test func vocabularyIsOfTrainRowsAlone() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.csv =
      "user,place,price,day,click\n"
      + [
        "b,A,1,1,0", "a,A,1,1,1", "a,A,1,1,0", "c,A,1,1,1", "late,A,1,6,0", "late,A,1,6,1",
        "a,A,1,7,0",
        "late,A,1,7,1",
      ].joined(separator: "\n")
    small.features = "{categorical: [user, {name: often, column: user, minimumCount: 2}]}"
    let dataset = try small.run(in: folder)
    #expect(dataset.problem.fields.map(\.vocabularySize) == [4, 2])
    // By falling count, then by first appearance: a, b, c.
    #expect(try dataset.training.rows.all.batch.ids == [2, 0, 1, 1, 1, 1, 3, 0])
    #expect(try dataset.test.rows.all.batch.ids == [1, 1, 0, 0])
    let file = try #require(try VocabularyFile.read(of: dataset))
    #expect(file.fields.map(\.values) == [["a", "b", "c"], ["a"]])
  }

  @Test func scalesAreOfTrainRowsAlone() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.csv =
      "x,place,day,click\n"
      + "1,A,1,0\n3,A,1,1\n,A,1,1\n8,A,1,0\n100,A,6,0\n7,A,6,1\n0,A,7,0\n,A,7,1\n"
    small.features = """
      {numerical: [{name: s, column: x, missing: mean}, {name: m, column: x, scale: min-max, missing: 1},
      {name: l, column: x, scale: log-standard, missing: mean}, {name: n, column: x, scale: none, missing: -5}]}
      """
    let dataset = try small.run(in: folder)
    let train = try dataset.training.rows.all.batch.numericals.values
    let standard = [1.0, 3, 8].map { ($0 - 4) / (26.0 / 3).squareRoot() }
    let column = { (values: [Float], index: Int) in
      stride(from: index, to: values.count, by: 4).map { values[$0] }
    }
    func close(_ a: [Float], _ b: [Double]) -> Bool {
      a.count == b.count && zip(a, b).allSatisfy { abs(Double($0) - $1) < 1e-6 }
    }
    #expect(close(column(train, 0), [standard[0], standard[1], 0, standard[2]]))
    #expect(close(column(train, 1), [0, 2.0 / 7, 0, 1]))
    #expect(close(column(train, 3), [1, 3, -5, 8]))
    let logs = [2.0, 4, 9].map { log($0) }
    let mean = logs.reduce(0, +) / 3
    let deviation = (logs.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 3).squareRoot()
    #expect(
      close(
        column(train, 2),
        [
          (logs[0] - mean) / deviation, (logs[1] - mean) / deviation, 0,
          (logs[2] - mean) / deviation,
        ]))
    let test = try dataset.test.rows.all.batch.numericals.values
    #expect(close(column(test, 0), [-4 / (26.0 / 3).squareRoot(), 0]))
    #expect(close(column(test, 3), [0, -5]))
  }

  @Test func multivaluedCellsAreSplit() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.csv =
      "tags,place,day,click\n"
      + "x|y,A,1,0\nx,A,1,1\n,A,1,1\nz|x|y,A,6,0\ny,A,6,1\nq|y,A,7,0\nx,A,7,1\n"
    small.features = "{multivalued: [{name: tags, separator: '|'}]}"
    let dataset = try small.run(in: folder)
    #expect(dataset.problem.bags == [CategoricalField(name: "tags", vocabularySize: 3)])
    let train = try dataset.training.rows.all.batch.bags[0]
    #expect(train.offsets == [0, 2, 3, 3] && train.ids == [1, 2, 1])
    let test = try dataset.test.rows.all.batch.bags[0]
    #expect(test.offsets == [0, 2, 3] && test.ids == [0, 2, 1])
  }

  @Test func tasksAreDefinedWhereTheirConditionHolds() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.csv =
      "user,place,day,click,buy\n"
      + "a,A,1,1,0\na,A,1,0,\na,A,1,1,1\na,A,6,1,1\na,A,6,0,\nb,A,7,1,0\nb,A,7,0,\n"
    small.tasks =
      "[click, {name: buy, definedWhere: {column: click, equals: '1'}, domain: clicked rows}]"
    small.features = "{categorical: [user]}"
    let dataset = try small.run(in: folder)
    #expect(try dataset.training.rows.all.mask.values == [1, 1, 1, 0, 1, 1])
    #expect(try dataset.training.rows.all.labels.values == [1, 0, 0, 0, 1, 1])
    #expect(dataset.problem.tasks[1].domain == "clicked rows")
  }

  @Test func groupsAreNumberedWithinTheirSplit() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.more = "group: [user]"
    let dataset = try small.run(in: folder)
    #expect(try dataset.training.rows.groups == (0..<25).map { Int32($0 % 10) })
    #expect(try dataset.test.rows.groups == (0..<10).map { Int32($0) })
  }

  @Test func scenariosAreKeptFoldedOrDropped() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.csv = SmallImport.csv + "u1,C,1,1,0\nu1,D,1,7,1\nu1,D,1,6,1\n"
    small.scenarios = "[{column: place, keep: [B, A], others: drop}]"
    var dataset = try small.run(in: folder)
    #expect(dataset.problem.scenarios.leafNames == ["B", "A"])
    #expect(dataset.training.rows.rowCount == 25 && dataset.test.rows.rowCount == 10)
    small.scenarios = "[{column: place, keep: [B, A], others: fold}]"
    dataset = try small.run(in: folder)
    #expect(dataset.problem.scenarios.leafNames == ["B", "A", "other"])
    #expect(dataset.counts(of: .train).rowCounts == [9, 16, 1])
    #expect(dataset.counts(of: .test).rowCounts == [4, 6, 1])
    small.scenarios = "[{column: place, minimumRows: 2, others: drop}]"
    dataset = try small.run(in: folder)
    #expect(dataset.problem.scenarios.leafNames == ["A", "B"])
  }

  @Test func pathsThroughTheTreeAreThoseOfTrain() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.derive = "[{name: half, remainder: day, modulo: 2}]"
    small.csv = SmallImport.csv.replacing(",B,0.5,", with: ",A,0.5,")
    small.scenarios = "[place, half]"
    let tree = try small.run(in: folder).problem.scenarios
    #expect(tree.levels.map(\.name) == ["place", "half"])
    #expect(tree.leafNames == ["A/0", "A/1", "B/0", "B/1"])
    small.scenarios = "[place, user]"
    small.csv = "user,place,price,day,click\n" + "x,A,1,1,1\ny,B,1,1,0\nx,A,1,6,0\ny,B,1,7,1\n"
    #expect(try small.run(in: folder).problem.scenarios.leaves == [[0, 0], [1, 1]])
  }

  @Test func lastRowsOfEveryTrainFileAreCutOff() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.sources =
      "[{each: {n: ['1', '2']}, file: 'l{n}.csv'}, {file: log.csv, constants: {n: '3'}, split: test}]"
    small.files = ["l1.csv": SmallImport.csv, "l2.csv": SmallImport.csv]
    small.split = "{test: published, validation: {last: 0.25}}"
    small.features = "{categorical: [n], numerical: [price]}"
    let dataset = try small.run(in: folder)
    #expect(dataset.training.rows.rowCount == 60)
    #expect(dataset.validation.rows.rowCount == 20)
    #expect(dataset.test.rows.rowCount == 40)
  }

  @Test func hashSplitsKeepGroupsTogetherAndSharesRoughly() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.csv =
      "user,place,price,day,click\n"
      + (0..<4000).map { "u\($0 % 1000),A,1,1,\($0 / 1000 % 2)\n" }.joined()
    small.split = "{test: {hash: user, share: 0.2}, validation: {hash: user, share: 0.1}}"
    small.more = "group: user"
    let dataset = try small.run(in: folder)
    #expect((620...980).contains(dataset.test.rows.rowCount))
    #expect((200...440).contains(dataset.validation.rows.rowCount))
    for rows in [dataset.training.rows, dataset.validation.rows, dataset.test.rows] {
      var sizes: [Int32: Int] = [:]
      for group in try rows.groups ?? [] { sizes[group, default: 0] += 1 }
      #expect(sizes.values.allSatisfy { $0 == 4 })
    }
    small.split = "{test: {hash: row, share: 0.2}, validation: {hash: row, share: 0.1}}"
    #expect((700...900).contains(try small.run(in: folder).test.rows.rowCount))
  }

  @Test func filterDropsRows() throws {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.filter = "{column: user, notIn: [u1, u2]}"
    #expect(try small.run(in: folder).training.rows.rowCount == 19)
  }

  @Test func progressCountsRowsAndMayStopTheImport() throws {
    struct Stop: Error {}
    let folder = try TemporaryFolder()
    try folder.write(SmallImport.csv, to: "data/log.csv")
    let schema = try DatasetSchema(yaml: SmallImport().yaml, file: "small.yaml")
    let importer = DatasetImporter(schema: schema, root: folder["data"])
    var seen: [ImportProgress] = []
    _ = try importer.run(into: folder["cache"]) { seen.append($0) }
    #expect(seen.map(\.phase) == [.read, .survey, .fit, .encode, .lint])
    #expect(seen.map(\.rowCount) == [40, 40, 40, 40, 0])
    #expect(seen[3].totalRowCount == 40)
    #expect(throws: Stop.self) {
      _ = try importer.run(into: folder["other"]) { if $0.phase == .encode { throw Stop() } }
    }
    #expect(folder.contents == ["cache", "data"])
  }
}
