import DatasetImport
import TestKit
import Testing

@Suite struct JoinTests {
  private func small(_ join: String = "", users: String) -> SmallImport {
    var small = SmallImport()
    small.sources = "[{file: log.csv, joins: [{file: users.csv, key: user\(join)}]}]"
    small.files = ["users.csv": users]
    small.features = "{categorical: [age]}"
    return small
  }

  private let users = "user,age\n" + (0..<10).map { "u\($0),\(20 + $0)\n" }.joined()
  private var someUsers: String { "user,age\n" + (0..<9).map { "u\($0),\(20 + $0)\n" }.joined() }

  @Test func columnsOfTheOtherTableAreAdded() throws {
    let folder = try TemporaryFolder()
    let dataset = try small(users: users).run(in: folder)
    #expect(dataset.problem.fields[0].vocabularySize == 11)
    let file = try #require(try VocabularyFile.read(of: dataset))
    let test = try dataset.test.rows.all.batch.ids.map { file.fields[0].values[Int($0) - 1] }
    #expect(test == (30..<40).map { "\(20 + $0 % 10)" })
  }

  @Test func missIsAnErrorUnlessStated() throws {
    #expect(
      try small(users: someUsers).failure()
        == "log.csv:11: column 'user': 'u9' is not in users.csv")
  }

  @Test func missMayDropTheRow() throws {
    let folder = try TemporaryFolder()
    let dataset = try small(", miss: drop", users: someUsers).run(in: folder)
    #expect(dataset.training.rows.rowCount == 23)
    #expect(dataset.test.rows.rowCount == 9)
  }

  @Test func missMayLeaveTheColumnsMissing() throws {
    let folder = try TemporaryFolder()
    let dataset = try small(", miss: unknown", users: someUsers).run(in: folder)
    #expect(dataset.training.rows.rowCount == 25)
    let file = try #require(try VocabularyFile.read(of: dataset))
    #expect(file.fields[0].values.contains(""))
  }

  @Test func columnsMayBeRenamedAndNamed() throws {
    let folder = try TemporaryFolder()
    var small = small(", columns: [user, years], rename: {years: age}", users: "")
    small.files["users.csv"] = (0..<10).map { "u\($0),\(20 + $0)\n" }.joined()
    #expect(try small.run(in: folder).problem.fields[0].vocabularySize == 11)
  }

  @Test func keyThatStandsTwiceIsAnError() throws {
    #expect(
      try small(users: users + "u3,99\n").failure()
        == "users.csv:12: column 'user': the key 'u3' already occurs in line 5")
  }

  @Test func keyThatIsMissingIsAnError() throws {
    #expect(
      try small(users: users + ",99\n").failure()
        == "users.csv:12: column 'user': the key is missing")
  }

  @Test func keyColumnThatIsNotThereIsAnError() throws {
    #expect(
      try small(users: "usr,age\nu1,3\n").failure()
        == "small.yaml:2: users.csv has no column 'user'; did you mean 'usr'?")
  }

  @Test func columnFromTwoPlacesIsAnError() throws {
    var small = small(users: users.replacing("age", with: "price"))
    small.features = "{numerical: [price]}"
    #expect(
      try small.failure() == "the column 'price' comes from both log.csv and users.csv")
  }
}
