import DatasetImport
import Datasets
import Foundation
import TestKit
import Testing

@Suite struct FeatureOptionTests {
  /// Rows of day 1 to 4 are train, 6 validation, 7 test.
  private func small(_ header: String, _ rows: [String], _ features: String, _ more: String = "")
    -> SmallImport
  {
    var small = SmallImport()
    small.csv = "place,day,click,\(header)\n" + rows.joined(separator: "\n") + "\n"
    small.features = features
    small.more = more
    return small
  }

  /// Returns rows with these cells in train, and others in test; validation has the last of train.
  private func rows(train: [String], test: [String]) -> [String] {
    train.enumerated().map { "A,1,\($0 % 2),\($1)" } + ["A,6,1,\(train[train.count - 1])"]
      + test.enumerated().map { "A,7,\($0 % 2),\($1)" }
  }

  private func import_(_ small: SmallImport) throws -> (Dataset, TemporaryFolder) {
    let folder = try TemporaryFolder()
    return (try small.run(in: folder), folder)
  }

  // MARK: - Missing cells

  @Test func aColumnHasItsOwnTextsForMissing() throws {
    let cells = ["0,0", "?,?", "-,5", ",5"]
    let (dataset, folder) = try import_(
      small(
        "a,b", rows(train: cells, test: ["0,0"]),
        "{categorical: [a, {name: b, missing: unknown}]}",
        "missing: ['?']\nmissing_in: {a: ['0', '-'], b: []}"))
    defer { _ = folder }
    let file = try #require(try VocabularyFile.read(of: dataset))
    // In a, '0', '-' and the empty cell are missing and '?' is a value; in b only the empty cell.
    #expect(file.fields.map(\.values) == [["", "?"], ["5", "0", "?"]])
    #expect(try dataset.training.rows.all.batch.ids == [1, 2, 2, 3, 1, 1, 1, 1])
  }

  @Test func missingInIsChecked() throws {
    func failure(_ more: String, _ derive: String = "[]") -> String {
      var small = SmallImport()
      small.more = more
      small.derive = derive
      return message { _ = try DatasetSchema(yaml: small.yaml, file: "small.yaml") }
    }
    #expect(
      failure("missingIn: {pric: ['0']}")
        == "small.yaml:9: missingIn.pric: unknown column 'pric'; did you mean 'price'? (known: click, day, "
        + "place, price, user)")
    #expect(
      failure("missingIn: {cheap: ['0']}", "[{name: cheap, log1p: price}]").hasPrefix(
        "small.yaml:9: missingIn.cheap: 'cheap' is a derived column"))
    #expect(failure("missingIn: ['0']").contains("missingIn: must be a mapping"))
  }

  @Test func aMissingCategoryIsAValueUnknownOrAnError() throws {
    let cells = ["x", "", "x", ""]
    for (missing, vocabulary, ids) in [
      ("value", ["x", ""], [1, 2, 1, 2] as [Int32]), ("unknown", ["x"], [1, 0, 1, 0]),
    ] {
      let (dataset, folder) = try import_(
        small(
          "a", rows(train: cells, test: ["x"]),
          "{categorical: [{name: a, missing: \(missing)}]}"))
      defer { _ = folder }
      #expect(try VocabularyFile.read(of: dataset)?.fields[0].values == vocabulary)
      #expect(try dataset.training.rows.all.batch.ids == ids)
    }
    #expect(
      try small(
        "a", rows(train: ["x", "x"], test: ["x", ""]), "{categorical: [{name: a, missing: error}]}"
      ).failure() == "log.csv:6: column 'a': the value of feature 'a' is missing")
    #expect(
      try small("a", [], "{categorical: [{name: a, missing: mean}]}").failure().contains(
        "missing: unknown value 'mean' (known: value, unknown, error)"))
  }

  // MARK: - Padding

  @Test func paddingIsLeftOutOfBags() throws {
    let (dataset, folder) = try import_(
      small(
        "tags", rows(train: ["1|0|2", "0|0", "2|-1"], test: ["0|2|9", "0"]),
        "{multivalued: [{name: tags, separator: '|', padding: ['0', '-1']}]}"))
    defer { _ = folder }
    #expect(dataset.problem.bags[0].vocabularySize == 3)
    let train = try dataset.training.rows.all.batch.bags[0]
    #expect(train.offsets == [0, 2, 2, 3] && train.ids == [2, 1, 1])
    let test = try dataset.test.rows.all.batch.bags[0]
    #expect(test.offsets == [0, 2, 2] && test.ids == [1, 0])
    for (padding, sentence) in [
      ("[]", "must name one or more texts"),
      ("['a|b']", "has 'a|b', which no value between '|' can be"),
      ("['']", "has '', which no value between '|' can be"),
    ] {
      #expect(
        try small(
          "tags", [], "{multivalued: [{name: tags, separator: '|', padding: \(padding)}]}"
        ).failure().hasSuffix(sentence))
    }
  }

  // MARK: - Quantiles

  @Test func quantileBinsAreThoseOfTrainRowsAlone() throws {
    let train = ["10", "3", "7.5", "1", "", "4", "3"]
    func dataset(_ test: [String]) throws -> (Dataset, TemporaryFolder) {
      try import_(
        small(
          "x", rows(train: train, test: test),
          "{categorical: [{name: bin, column: x, quantiles: 3}]}"))
    }
    // Sorted: 1 3 3 4 7.5 10; ranks 2 and 4.
    let (one, folder) = try dataset(["-5", "2.9", "3", "7.4", "7.5", "99", ""])
    defer { _ = folder }
    let field = try #require(try VocabularyFile.read(of: one)?.fields[0])
    #expect(field.edges == [3, 7.5])
    #expect(field.values == ["(-inf, 3)", "[3, 7.5)", "[7.5, inf)", ""])
    #expect(one.problem.fields[0].vocabularySize == 5)
    #expect(try one.training.rows.all.batch.ids == [3, 2, 3, 1, 4, 2, 2])
    #expect(try one.test.rows.all.batch.ids == [1, 1, 2, 2, 3, 3, 4])
    let (other, otherFolder) = try dataset(["-1e9", "1e9", "4", "4", "4", "4"])
    defer { _ = otherFolder }
    #expect(try VocabularyFile.read(of: other)?.fields[0] == field)
  }

  @Test func equalQuantilesAreOneEdge() throws {
    let (dataset, folder) = try import_(
      small(
        "x", rows(train: ["0", "0", "0", "0", "5", "5"], test: ["", "0"]),
        "{categorical: [{name: x, quantiles: 100}]}"))
    defer { _ = folder }
    let field = try #require(try VocabularyFile.read(of: dataset)?.fields[0])
    #expect(field.edges == [5] && field.values == ["(-inf, 5)", "[5, inf)"])
    // Train has no missing number, so one in test is unknown.
    #expect(try dataset.test.rows.all.batch.ids == [0, 1])
  }

  @Test func binsHaveAboutEquallyManyRows() throws {
    let numbers = (0..<1000).map { "\(($0 * 7919) % 1000 * ($0 % 3 + 1))" }
    let (dataset, folder) = try import_(
      small("x", rows(train: numbers, test: ["1"]), "{categorical: [{name: x, quantiles: 8}]}"))
    defer { _ = folder }
    var counts = [Int](repeating: 0, count: 9)
    for id in try dataset.training.rows.all.batch.ids { counts[Int(id)] += 1 }
    #expect(counts[0] == 0 && counts.dropFirst().allSatisfy { abs($0 - 125) <= 6 })
  }

  @Test func quantilesNeedNumbers() throws {
    #expect(
      try small(
        "x", rows(train: ["1", "2"], test: ["abc"]), "{categorical: [{name: x, quantiles: 2}]}"
      ).failure()
        == "log.csv:5: column 'x': 'abc' is not a finite number, which the quantiles of feature "
        + "'x' need")
    for (options, sentence) in [
      ("quantiles: 1", "quantiles: must be a whole number, at least 2, but is '1'"),
      ("quantiles: 10001", "must be at most 10000, but is 10001"),
      ("quantiles: 5, minimumCount: 2", "is given beside 'quantiles', whose bins are all kept"),
    ] {
      #expect(
        try small("x", [], "{categorical: [{name: x, \(options)}]}").failure().hasSuffix(sentence))
    }
  }

  // MARK: - Clipping and transforms

  @Test func numbersAreReplacedClippedAndTransformedInThisOrder() throws {
    let (dataset, folder) = try import_(
      small(
        "x", rows(train: ["-3", "0", "", "250"], test: ["9"]),
        """
        {defaults: {scale: none, missing: 50}, numerical: [
        {name: c, column: x, clip: {low: 0, high: 20}},
        {name: l, column: x, clip: {low: 1}, transform: log},
        {name: p, column: x, clip: {low: 0}, transform: log1p},
        {name: s, column: x, transform: signed-log1p}, {name: r, column: x}]}
        """))
    defer { _ = folder }
    let values = try dataset.training.rows.all.batch.numericals.values
    let expected: [[Double]] = [
      [0, 0, 20, 20], [0, 0, log(50), log(250)], [0, 0, log1p(50), log1p(250)],
      [-log1p(3), 0, log1p(50), log1p(250)], [-3, 0, 50, 250],
    ]
    for (column, numbers) in expected.enumerated() {
      for (row, number) in numbers.enumerated() {
        #expect(abs(Double(values[row * 5 + column]) - number) < 1e-6)
      }
    }
    let file = try #require(try VocabularyFile.read(of: dataset))
    #expect(file.numericals[1].transform == "log" && file.numericals[1].low == 1)
    #expect(file.numericals[4].transform == nil && file.numericals[4].high == nil)
  }

  @Test func momentsAreOfTransformedTrainRowsAlone() throws {
    func numerical(_ test: [String]) throws -> VocabularyFile.Numerical? {
      let (dataset, folder) = try import_(
        small(
          "x", rows(train: ["0", "3", "900", ""], test: test),
          "{numerical: [{name: x, clip: {high: 15}, transform: log1p, missing: mean}]}"))
      defer { _ = folder }
      let values = try dataset.training.rows.all.batch.numericals.values
      #expect(values[3] == 0)
      return try VocabularyFile.read(of: dataset)?.numericals[0]
    }
    let one = try #require(try numerical(["1"]))
    #expect(abs((one.mean ?? 0) - (log(4) + log(16)) / 3) < 1e-12)
    #expect(try numerical(["0", "14", "5"]) == one)
  }

  @Test func transformsAreChecked() throws {
    func failure(_ options: String, _ cells: [String] = ["1", "2"]) throws -> String {
      try small(
        "x", rows(train: cells, test: ["1"]), "{numerical: [{name: x, \(options)}]}"
      ).failure()
    }
    #expect(
      try failure("transform: log, missing: 1", ["1", "0"])
        == "log.csv:3: column 'x': 0 is not above 0, as 'transform: log' needs it; clip it, or say "
        + "'transform: log1p'")
    #expect(
      try failure("transform: log1p", ["1", "-2"])
        == "log.csv:3: column 'x': -2 is negative, but log1p needs numbers from 0; clip it, or say "
        + "'transform: signed-log1p'")
    for (options, sentence) in [
      ("transform: sqrt", "transform: unknown value 'sqrt' (known: log, log1p, signed-log1p)"),
      (
        "transform: log1p, scale: log-standard",
        "takes the logarithm of 'x' twice: 'scale: log-standard' does so already"
      ),
      ("clip: {low: 3, high: 1}", "clip: has a 'low' above its 'high'"),
      ("clip: {}", "clip: must have 'low', 'high' or both"),
      ("clip: {below: 3}", "(known: low, high)"),
    ] {
      #expect(try failure(options).hasSuffix(sentence))
    }
  }

  // MARK: - Row weights

  @Test func weightsAreThoseOfTrainRows() throws {
    let (dataset, folder) = try import_(
      small(
        "x,w", rows(train: ["1,0.5", "2,3", "3,1e-3"], test: ["1,-7", "1,"]),
        "{numerical: [x]}", "weight: w"))
    defer { _ = folder }
    #expect(try dataset.training.rows.all.weights == [0.5, 3, 1e-3])
    #expect(try dataset.training.rows.batch(rows: [2, 0]).weights == [1e-3, 0.5])
    #expect(try dataset.test.rows.all.weights == nil)
    let files = dataset.manifest.splits.map { $0.files.map(\.name).contains("weights.f32") }
    #expect(files == [true, false, false])
  }

  @Test func weightsMustBeAboveZero() throws {
    for (cell, words) in [
      ("0", "the weight is 0, but must be above 0"),
      ("-1", "the weight is -1, but must be above 0"),
      ("", "the weight is missing"), ("1e-60", "but must be above 0, from 1e-45 to 3.4e38"),
      ("x", "'x' is not a number"),
    ] {
      let failure = try small(
        "x,w", rows(train: ["1,1", "2,\(cell)"], test: ["1,1"]), "{numerical: [x]}", "weight: w"
      ).failure()
      #expect(failure.hasPrefix("log.csv:3: column 'w': ") && failure.contains(words))
    }
    #expect(
      try small("x,w", [], "{numerical: [x]}", "weight: click").failure()
        == "small.yaml:9: weight: 'click' is the label of a task")
  }
}
