import Datasets
import Foundation
import TensorCore
import TestKit
import Testing

@Suite struct TargetEncodingTests {
  /// Rows of a made-up log, of which days 1 to 6 are train, 7 validation, 8 test.
  private static func log() -> [(user: Int, day: Int, click: Int)] {
    var stream = RandomStreams(seed: 5)["log"]
    return (0..<400).map { row in
      let user = stream.integer(below: 12)
      return (user, row / 50 + 1, stream.uniform() < Double(user + 1) / 14 ? 1 : 0)
    }
  }

  private func run(
    _ log: [(user: Int, day: Int, click: Int)], see: String, folds: String = "day"
  ) throws -> Dataset {
    let folder = try TemporaryFolder()
    var small = SmallImport()
    small.csv =
      "user,place,day,click\n"
      + log.map { "u\($0.user),A,\($0.day),\($0.click)\n" }.joined()
    small.features = "{}"
    small.split =
      "{test: {where: {column: day, atLeast: 8}}, validation: {where: {column: day, atLeast: 7}}}"
    small.more =
      "statistics: {folds: \(folds), see: \(see), smoothing: 3, counts: [user], "
      + "rates: [{tasks: click, of: user}]}"
    return try small.run(in: folder)
  }

  /// The values of one encoding, before standardization, computed row by row from the definition.
  private func expected(_ see: String, isRate: Bool) -> [(train: Bool, value: Double?)] {
    let log = Self.log()
    let train = log.filter { $0.day <= 6 }
    return log.map { row in
      let isTrain = row.day <= 6
      let visible = train.filter { other in
        !isTrain || (see == "past" ? other.day < row.day : other.day != row.day)
      }
      let own = visible.filter { $0.user == row.user }
      guard !visible.isEmpty else { return (isTrain, nil) }
      guard isRate else {
        let scale = 6 / Double(Set(visible.map(\.day)).count)
        return (isTrain, log1p(Double(own.count) * scale))
      }
      let prior = Double(visible.count { $0.click == 1 }) / Double(visible.count)
      let rate =
        (Double(own.count { $0.click == 1 }) + 3 * prior) / (Double(own.count) + 3)
      return (isTrain, Foundation.log(rate / (1 - rate)) - Foundation.log(prior / (1 - prior)))
    }
  }

  @Test(arguments: ["others", "past"], [0, 1])
  func valuesAreThoseOfTheDefinition(see: String, column: Int) throws {
    let dataset = try run(Self.log(), see: see)
    #expect(dataset.problem.numericals == ["rate(click | user)", "count(user)"])
    let actual = try [dataset.training.rows, dataset.validation.rows, dataset.test.rows].flatMap {
      try $0.all.batch.numericals.values(column: column)
    }
    let expected = expected(see, isRate: column == 0)
    let train = expected.filter(\.train).compactMap(\.value)
    let mean = train.reduce(0, +) / Double(train.count)
    let deviation =
      (train.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(train.count)).squareRoot()
    for (value, row) in zip(actual, expected) {
      let standardized = row.value.map { ($0 - mean) / deviation } ?? 0
      #expect(abs(Double(value) - standardized) < 1e-5)
    }
  }

  /// Flips one train label, and returns for every row whether its unscaled order changed.
  @Test(arguments: ["others", "past"])
  func ownFoldsLabelsDoNotReachATrainRow(see: String) throws {
    // With two users and the flip in one of them, the other features of the flipped fold's rows
    // must keep their differences, as a common shift and scale are all that may change.
    var log = Self.log()
    let before = try run(log, see: see).training.rows.all.batch.numericals.values(column: 0)
    let flipped = try #require(log.firstIndex { $0.day == 6 && $0.user == 3 })
    log[flipped].click = 1 - log[flipped].click
    let after = try run(log, see: see).training.rows.all.batch.numericals.values(column: 0)
    let fold = log.indices.filter { log[$0].day == 6 && $0 < before.count }
    let other = try #require(fold.first { log[$0].user == 9 })
    let third = try #require(fold.first { log[$0].user == 0 })
    func position(_ values: [Float]) -> Float {
      (values[flipped] - values[other]) / (values[third] - values[other])
    }
    #expect(abs(position(before) - position(after)) < 1e-4)
  }

  @Test func labelsOutsideOfTrainReachNothing() throws {
    var log = Self.log()
    let before = try run(log, see: "others")
    for row in log.indices where log[row].day > 6 { log[row].click = 1 - log[row].click }
    let after = try run(log, see: "others")
    for (one, two) in [
      (before.training.rows, after.training.rows), (before.validation.rows, after.validation.rows),
      (before.test.rows, after.test.rows),
    ] { #expect(try one.all.batch.numericals.values == two.all.batch.numericals.values) }
  }

  @Test func foldsMayBeDrawnByRow() throws {
    let dataset = try run(Self.log(), see: "others", folds: "4")
    let values = try dataset.training.rows.all.batch.numericals.values(column: 0)
    // A user's train rows fall in four folds and so have at most four values.
    let users = Self.log().prefix(values.count).map(\.user)
    for user in 0..<12 {
      let own = Set(zip(users, values).filter { $0.0 == user }.map(\.1))
      #expect((2...4).contains(own.count))
    }
  }
}
