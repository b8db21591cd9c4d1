import Datasets
import Foundation
import TestKit
import Testing

// Internal: constants, file, follows, sources.
@testable import DatasetImport

@Suite struct SchemaTests {
  /// Returns the message for a small schema with one change.
  private func failure(_ change: (inout SmallImport) -> Void) -> String {
    var small = SmallImport()
    change(&small)
    return message { _ = try DatasetSchema(yaml: small.yaml, file: "small.yaml") }
  }

  @Test(arguments: [
    "kuairand-pure", "kuairand-pure-roles", "us-flights", "census-income", "aliexpress-raw",
    "aliexpress-mtreclib", "ali-ccp",
  ])
  func shippedSchemasAreValid(name: String) throws {
    _ = try DatasetSchema.load(yaml: DataFolder.schema(name))
  }

  @Test func everyShippedSchemaIsTested() throws {
    let folder = DataFolder.packageRoot.appending(path: "experiments/schemas")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(files.filter { $0.hasSuffix(".yaml") }.count == 7)
  }

  @Test func unknownKeyNamesLinePlaceAndNearest() {
    #expect(
      failure { $0.more = "never_feature: [x]" }
        == "small.yaml:9: never_feature: unknown key 'never_feature'; did you mean "
        + "'neverFeatures'? (known: name, summary, missing, missingIn, sources, derive, filter, "
        + "scenarios, tasks, group, weight, neverFeatures, features, statistics, split)")
    #expect(
      failure { $0.sources = "[{file: log.csv, seperator: ';'}]" }.hasPrefix(
        "small.yaml:2: sources[1].seperator: unknown key 'seperator'; did you "
          + "mean 'separator'?"))
  }

  @Test(arguments: [
    ("a:\n\tb: 1", "line 2 is indented with a tab, but YAML takes spaces only"),
    (
      "a:\n  b: 1\n   c: 2",
      "its line is indented by 3 spaces, the one above by 2: keys of one mapping must have the same "
        + "indentation"
    ),
    (
      "a:\n  b: 1\n c: 2",
      "its line is indented by 1 spaces, the one above by 2: keys of one mapping must have the same "
        + "indentation"
    ),
    ("a: [1,\nb: 2\nc: 3", "a bracket that is opened in line 1 may not be closed"),
    ("a: b: c", "a text that holds ': ' needs quotes, and a key a line of its own"),
  ])
  func unreadableYAMLNamesTheLineAndTheLikelyCause(yaml: String, cause: String) {
    let sentence = message { _ = try DatasetSchema(yaml: yaml, file: "x.yaml") }
    #expect(sentence.hasPrefix("x.yaml:") && sentence.contains(": is not YAML: "))
    #expect(sentence.hasSuffix("; " + cause), "\(sentence)")
  }

  @Test func keysAtTheWrongIndentationAreGuessedAt() {
    let small = SmallImport()
    let outside = small.yaml.replacing("features: {", with: "features:\nnumerical: {")
    #expect(
      message { _ = try DatasetSchema(yaml: outside, file: "x.yaml") }
        == "x.yaml:9: numerical: is not allowed here; does it belong to 'features' above, which "
        + "is empty? Then its line must be indented further")
    let inside = small.yaml.replacing("features: {", with: "features: {tasks: [click], ")
    #expect(
      message { _ = try DatasetSchema(yaml: inside, file: "x.yaml") }
        == "x.yaml:8: features.tasks: is not allowed here, but further out: is its line indented "
        + "too far?")
  }

  @Test(arguments: ["0x10", "1_000", ".inf", "nan", "''"])
  func numbersAreDecimal(text: String) {
    #expect(
      failure { $0.features = "{numerical: [{name: price, missing: \(text)}]}" }.contains(
        "must be error, mean or a number, but is "))
    #expect(
      failure { $0.split = "{test: {last: \(text)}, validation: {last: 0.1}}" }.contains(
        "must be a decimal number, but is "))
  }

  @Test func formerNamesOfKeysAreReadWithANote() throws {
    var small = SmallImport()
    small.split = "{test: {where: {column: day, atLeast: 9}}, validation: {hash: row, share: 0.3}}"
    let present = try DatasetSchema(yaml: small.yaml, file: "s.yaml")
    #expect(present.notes.isEmpty)
    small.split = "{test: {where: {column: day, at_least: 9}}, validation: {hash: row, share: 0.3}}"
    let former = try DatasetSchema(yaml: small.yaml, file: "s.yaml")
    #expect(former.notes == ["s.yaml:7: 'at_least' is called 'atLeast' now"])
    #expect(former.split == present.split && former.digest == present.digest)
    small.split = "{test: {where: {column: day, at_least: 9, atLeast: 9}}, validation: {last: 0.3}}"
    #expect(
      message { _ = try DatasetSchema(yaml: small.yaml, file: "s.yaml") }.hasPrefix(
        "s.yaml:7: split.test.where.a"))
  }

  @Test func missingKey() {
    #expect(
      failure { $0.sources = "[{separator: ','}]" }
        == "small.yaml:2: sources[1]: lacks the key 'file'")
  }

  @Test func unreadableYAML() {
    #expect(
      message { _ = try DatasetSchema(yaml: "a: [1", file: "x.yaml") }.hasPrefix(
        "x.yaml:2:1: is not YAML: "))
    #expect(
      message { _ = try DatasetSchema(yaml: "", file: "x.yaml") } == "x.yaml: is empty")
    #expect(
      message { _ = try DatasetSchema(yaml: "[1]", file: "x.yaml") }
        == "x.yaml:1: must be a mapping of keys to values, but is a list")
  }

  @Test func missingSchemaFile() {
    #expect(
      message { _ = try DatasetSchema.load(yaml: URL(fileURLWithPath: "/nowhere/x.yaml")) }
        .hasPrefix("cannot read '/nowhere/x.yaml': "))
  }

  @Test func wrongTypes() {
    #expect(
      failure { $0.sources = "[{file: log.csv, trim: maybe}]" }
        == "small.yaml:2: sources[1].trim: must be true or false, but is 'maybe'")
    #expect(
      failure { $0.split = "{test: {hash: row, share: 2}, validation: {last: 0.1}}" }
        == "small.yaml:7: split.test.share: must be between 0 and 1, but is 2.0")
    #expect(
      failure { $0.features = "{categorical: [{name: user, minimumCount: 0}]}" }
        == "small.yaml:8: features.categorical[1].minimumCount: must be a whole number, at least "
        + "1, but is '0'")
    #expect(
      failure { $0.features = "{numerical: [{name: price, scale: cubic}]}" }
        == "small.yaml:8: features.numerical[1].scale: unknown value 'cubic' (known: standard, "
        + "min-max, log-standard, none)")
    #expect(
      failure { $0.features = "{numerical: [{name: price, missing: maybe}]}" }
        == "small.yaml:8: features.numerical[1].missing: must be error, mean or a number, but is "
        + "'maybe'")
    #expect(
      failure { $0.scenarios = "place" }
        == "small.yaml:5: scenarios: must be a list, but is 'place'")
  }

  @Test func conditionsAndDerivationsAreChecked() {
    #expect(
      failure { $0.filter = "{column: day}" }
        == "small.yaml:4: filter: lacks a test: one of equals, in, notIn, atLeast, below, present")
    #expect(
      failure { $0.derive = "[{name: x}]" }
        == "small.yaml:3: derive[1]: must have exactly one of difference, sum, ratio, remainder, "
        + "minuteOfDay, dayNumber, weekday, month, epochSeconds, is, bucket, log1p, map, "
        + "coalesce, concat")
    #expect(
      failure { $0.derive = "[{name: x, log1p: price, modulo: 3}]" }
        == "small.yaml:3: derive[1]: has the key 'modulo', which 'log1p' does not take")
    #expect(
      failure { $0.derive = "[{name: x, log1p: y}, {name: y, log1p: price}]" }
        == "small.yaml:3: derive[1]: 'x' uses 'y', which is not derived above it")
    #expect(
      failure { $0.derive = "[{name: x, bucket: price, edges: [2, 1]}]" }
        == "small.yaml:3: derive[1].edges: must be a list of rising numbers")
    #expect(
      failure { $0.derive = "[{name: x, bucket: price, width: 5, edges: [1, 2]}]" }
        == "small.yaml:3: derive[1]: has both 'width' and 'edges', but must have one of them")
    #expect(
      failure { $0.derive = "[{name: x, bucket: price}]" }
        == "small.yaml:3: derive[1]: lacks the key 'width' or 'edges', one of which 'bucket' needs")
  }

  @Test func neverFeaturesAreRefusedThroughDerivedColumnsToo() {
    #expect(
      failure { $0.more = "neverFeatures: [price]" }
        == "small.yaml:8: features.numerical[1]: feature 'price' uses 'price', which neverFeatures forbids"
    )
    #expect(
      failure {
        $0.derive = "[{name: x, log1p: price}]"
        $0.features = "{numerical: [x]}"
        $0.more = "neverFeatures: [price]"
      }
        == "small.yaml:8: features.numerical[1]: feature 'x' uses 'price', through x, which "
        + "neverFeatures forbids")
    #expect(
      failure {
        $0.derive = "[{name: x, log1p: price, safe: true}]"
        $0.features = "{numerical: [x]}"
        $0.more = "neverFeatures: [price]"
      } == "no error")
  }

  @Test func labelsAreNeverFeatures() {
    #expect(
      failure { $0.features = "{categorical: [click]}" }
        == "small.yaml:8: features.categorical[1]: feature 'click' uses 'click', which is the label of a "
        + "task")
    #expect(
      failure { $0.more = "statistics: {folds: day, counts: [click]}" }
        == "small.yaml:9: statistics.counts[1]: statistic 'count(click)' uses 'click', which is the label "
        + "of a task")
  }

  @Test func namesMustBeUnique() {
    #expect(
      failure { $0.features = "{categorical: [user], numerical: [{name: user, column: price}]}" }
        == "small.yaml:8: features.numerical[1]: the feature 'user' occurs twice")
    #expect(
      failure { $0.tasks = "[click, click]" }
        == "small.yaml:6: tasks[2]: the task 'click' occurs twice")
    #expect(
      failure { $0.tasks = "\n- click\n- {name: buy}\n- {name: click, label: buy}" }
        == "small.yaml:9: tasks[3]: the task 'click' occurs twice")
    #expect(
      failure { $0.scenarios = "[place, place]" }
        == "small.yaml:5: scenarios[2]: the scenario level 'place' occurs twice")
    #expect(
      failure { $0.derive = "[{name: x, log1p: price}, {name: x, log1p: day}]" }
        == "small.yaml:3: derive[2]: the derived column 'x' occurs twice")
    #expect(
      failure { $0.more = "statistics: {folds: day, counts: [user, place, user]}" }
        == "small.yaml:9: statistics.counts[3]: the feature 'count(user)' occurs twice")
    #expect(
      failure { $0.tasks = "[click, 'click ']" }
        == "small.yaml:6: tasks: the tasks 'click' and 'click ' look the same when they are printed"
    )
  }

  @Test func listsThatNeedElementsAreNotEmpty() {
    #expect(
      failure { $0.tasks = "[]" } == "small.yaml:6: tasks: must have one or more elements")
    #expect(
      failure { $0.sources = "[]" } == "small.yaml:2: sources: must have one or more elements")
    #expect(
      failure { $0.sources = "[{file: log.csv, each: {country: []}}]" }
        == "small.yaml:2: sources[1].each.country: must name one or more values")
    for operation in ["coalesce", "concat"] {
      #expect(
        failure { $0.derive = "[{name: x, \(operation): []}]" }
          == "small.yaml:3: derive[1].\(operation): must name one or more columns")
    }
    #expect(
      failure { $0.derive = "[{name: x, is: []}]" }
        == "small.yaml:3: derive[1].is: must have one or more conditions")
    for test in ["in", "notIn"] {
      #expect(
        failure { $0.filter = "{column: day, \(test): []}" }
          == "small.yaml:4: filter.\(test): must name one or more values")
    }
    for rule in ["hash", "draw"] {
      #expect(
        failure { $0.split = "{test: {\(rule): [], share: 0.1}, validation: none}" }
          == "small.yaml:7: split.test.\(rule): must name one or more columns, or 'row'")
    }
    #expect(
      failure { $0.more = "statistics: {folds: day, rates: [{tasks: click, of: []}]}" }
        == "small.yaml:9: statistics.rates[1].of: must name one or more columns")
    #expect(
      failure { $0.more = "statistics: {folds: day, rates: [{tasks: [], of: [user]}]}" }
        == "small.yaml:9: statistics.rates[1].tasks: must name one or more tasks")
    #expect(
      failure { $0.more = "statistics: {folds: day, counts: [[]]}" }
        == "small.yaml:9: statistics.counts[1]: must name one or more columns")
    #expect(failure { $0.filter = "[]" } == "no error")
  }

  @Test func publishedSplitsAndSourcesMustAgree() {
    #expect(
      failure { $0.sources = "[{file: log.csv, split: test}]" }
        == "small.yaml:7: split.test: must be 'published', because a source is of this split")
    #expect(
      failure { $0.split = "{test: published, validation: {last: 0.1}}" }
        == "small.yaml:7: split.test: is 'published', but no source is of this split")
    #expect(
      failure { $0.sources = "[{file: log.csv, split: dev}]" }
        == "small.yaml:2: sources[1].split: must be train, validation or test, but is 'dev'")
  }

  @Test func statisticsAreChecked() {
    #expect(
      failure { $0.more = "statistics: {folds: day, rates: [{tasks: clik, of: [user]}]}" }
        == "small.yaml:9: statistics.rates[1].of[1]: unknown task 'clik'; did you mean 'click'? (known: "
        + "click)")
    #expect(
      failure { $0.more = "statistics: {folds: 5, see: past, counts: [user]}" }
        == "small.yaml:9: statistics: sees past folds, so 'folds' must be a column with numbers, "
        + "not a count")
    #expect(
      failure { $0.more = "statistics: {folds: 1, counts: [user]}" }
        == "small.yaml:9: statistics.folds: must be from 2 to 1000, or a column, but is 1")
  }

  @Test func domainIsNeededInWords() {
    #expect(
      failure { $0.tasks = "[{name: click, definedWhere: {column: day, atLeast: 2}}]" }
        == "small.yaml:6: tasks[1]: lacks the key 'domain', which says in words where the task is "
        + "defined")
  }

  @Test func aTaskMayFollowAnother() throws {
    var small = SmallImport()
    small.tasks = "[click, {name: buy, follows: click}]"
    let schema = try DatasetSchema(yaml: small.yaml, file: "small.yaml")
    #expect(schema.tasks.map(\.follows) == [nil, "click"])
    #expect(
      failure { $0.tasks = "[click, {name: buy, follows: clik}]" }
        == "small.yaml:6: tasks: task 'buy' follows: unknown task 'clik'; did you mean 'click'? "
        + "(known: click, buy)")
    #expect(
      failure { $0.tasks = "[{name: click, follows: click}]" }
        == "small.yaml:6: tasks: task 'click' follows itself")
    #expect(
      failure { $0.tasks = "[{name: click, follows: buy}, {name: buy, follows: click}]" }
        == "small.yaml:6: tasks: tasks follow each other in a circle: 'click' follows 'buy' follows "
        + "'click'")
  }

  @Test func featuresMayHaveRoles() throws {
    var small = SmallImport()
    small.features =
      "{categorical: [{name: user, role: user}], numerical: [{name: price, role: item}]}"
    let folder = try TemporaryFolder()
    let dataset = try small.run(in: folder)
    #expect(dataset.problem.roles == ["user": .user, "price": .item])
    #expect(DatasetDescription(dataset).description.contains("role item: price\n"))
    #expect(try Dataset.open(at: folder["cache"]).problem == dataset.problem)
    small.features = "{categorical: [user], numerical: [price]}"
    let plain = try small.run(in: folder)
    #expect(plain.problem.roles == nil && plain.fingerprint != dataset.fingerprint)
    #expect(
      failure { $0.features = "{categorical: [{name: user, role: usr}]}" }.hasSuffix(
        "features.categorical[1].role: unknown value 'usr'; did you mean 'user'? (known: user, item, "
          + "scenario-prior)"))
  }

  @Test func eachMakesOneSourcePerCombination() throws {
    var small = SmallImport()
    small.sources =
      "[{each: {country: [NL, NO], part: [train, test]}, file: '{country}/{part}.csv', split: '{part}'}]"
    small.split = "{test: published, validation: {last: 0.1}}"
    let schema = try DatasetSchema(yaml: small.yaml, file: "small.yaml")
    #expect(
      schema.sources.map(\.file) == ["NL/train.csv", "NL/test.csv", "NO/train.csv", "NO/test.csv"])
    #expect(schema.sources[2].constants == ["country": "NO", "part": "train"])
    #expect(schema.sources.map(\.split) == [.train, .test, .train, .test])
  }

  @Test func aliasesThatUnfoldWithoutEndAreRefused() {
    let bomb =
      "a0: &a0 [x, x]\n"
      + (1..<60).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
    #expect(
      message { _ = try DatasetSchema(yaml: bomb, file: "s.yaml") }
        == "s.yaml: has over 100,000 values when its aliases are written out")
  }

  @Test func deepNestingIsRefused() {
    for depth in [101, 990, 100_000] {
      let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      let text = message { _ = try DatasetSchema(yaml: nested, file: "s.yaml") }
      #expect(text.hasPrefix("s.yaml"), "\(text)")
    }
  }
}
