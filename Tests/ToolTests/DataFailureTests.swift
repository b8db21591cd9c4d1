import Datasets
import Foundation
import Testing

/// Data that cannot be used: exit status 1 and one sentence that says where and what.
@Suite struct DataFailureTests {
  private let importing = "data import schema.yaml --files files --output new"

  /// Changes to the CSV file, and what the import says.
  static let damages: [(change: @Sendable (String) -> String, sentence: String)] = [
    ({ String($0.dropLast(3)) }, "files/log.csv:401: 5 cells, but there are 6 columns"),
    (
      { $0.replacing("\nu1,", with: "\nu1,extra,") },
      "files/log.csv:23: 7 cells, but there are 6 columns"
    ),
    (
      { replacingPrice(in: $0, with: "dear") },
      "files/log.csv:2: column 'price': 'dear' is not a number"
    ),
    (
      { replacingPrice(in: $0, with: "nan") },
      "files/log.csv:2: column 'price': 'nan' is not a finite number"
    ),
    (
      { replacingPrice(in: $0, with: "") },
      "files/log.csv:2: column 'price': the number is missing; say 'missing: mean' or give a number "
        + "for it"
    ),
    ({ _ in "user,place,price,day,click,buy\n" }, "files/log.csv: has no rows"),
    ({ _ in "" }, "files/log.csv: is empty: it has no header"),
    (
      { onlyFirstDays(of: $0) }, "the validation split has no rows"
    ),
    (
      { $0.replacing(",1\n", with: ",0\n") },
      "task 'buy' has one class in the train split: 0 positives in 240 labels"
    ),
    (
      { $0.replacing("user,place", with: "usr,place") },
      "schema.yaml:5: files/log.csv has no column 'user'; did you mean 'usr'?"
    ),
  ]

  private static func replacingPrice(in csv: String, with text: String) -> String {
    var lines = csv.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var cells = lines[1].split(separator: ",").map(String.init)
    cells[2] = text
    lines[1] = cells.joined(separator: ",")
    return lines.joined(separator: "\n")
  }

  private static func onlyFirstDays(of csv: String) -> String {
    csv.split(separator: "\n").prefix(200).joined(separator: "\n") + "\n"
  }

  @Test(arguments: damages.indices)
  func damagedFileIsRefusedAndNothingIsWritten(index: Int) throws {
    try Workshop.with { workshop throws in
      try workshop.write(Self.damages[index].change(Workshop.csv), to: "files/log.csv")
      #expect(try workshop.failure(importing) == "1 aesm2: \(Self.damages[index].sentence)")
      #expect(!workshop.has("new"))
    }
  }

  @Test func truncatedGzip() throws {
    try Workshop.with { workshop throws in
      let gzip = Process()
      gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
      gzip.arguments = [workshop["files/log.csv"].path]
      try gzip.run()
      gzip.waitUntilExit()
      let bytes = try workshop.bytes("files/log.csv.gz")
      try bytes.prefix(bytes.count / 2).write(to: workshop["files/log.csv.gz"])
      try workshop.replace("log.csv", with: "log.csv.gz", in: "schema.yaml")
      let sentence = try workshop.failure(importing)
      #expect(sentence.hasPrefix("1 aesm2: ") && sentence.contains("log.csv.gz"))
      #expect(sentence.contains("truncated") || sentence.contains("ends"))
    }
  }

  @Test func negativeIdentifiers() throws {
    try Workshop.with { workshop throws in
      let problem = try Dataset.open(at: workshop["data"]).problem
      let writer = try DatasetWriter(problem: problem, at: workshop["new"], provenance: [:])
      let block = RowBlock(ids: [-1], numericals: [0], leaves: [0], labels: [0, 0], groups: [0])
      #expect {
        try writer.append(block, to: .train)
      } throws: { error in
        "\(error)" == "train split: row 0: id -1 of field 'user' is not in 0..<21"
      }
    }
  }

  @Test func missingFileAndUnknownKeyOfTheSchema() throws {
    try Workshop.with { workshop throws in
      try FileManager.default.removeItem(at: workshop["files/log.csv"])
      #expect(try workshop.failure(importing) == "1 aesm2: cannot find log.csv in files")
      try workshop.replace("scenarios:", with: "scenario:", in: "schema.yaml")
      let sentence = try workshop.failure(importing)
      #expect(
        sentence.hasPrefix(
          "1 aesm2: schema.yaml:3: scenario: unknown key 'scenario'; did you mean "
            + "'scenarios'? (known: "))
    }
  }

  @Test func missingSchemaAndInvalidYAML() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure("data import nowhere.yaml --files files --output new")
          .hasPrefix("1 aesm2: cannot read 'nowhere.yaml': "))
      try workshop.write("name: [tiny\nsources: x\n", to: "schema.yaml")
      #expect(
        try workshop.failure(importing).hasPrefix(
          "1 aesm2: schema.yaml:2:8: is not YAML: "))
    }
  }

  @Test func cacheOfAnotherVersionOrDamaged() throws {
    try Workshop.with { workshop throws in
      let describing = "data describe data"
      try workshop.replace(
        "\"formatVersion\" : 2", with: "\"formatVersion\" : 99", in: "data/dataset.json")
      let version = try workshop.failure(describing)
      #expect(version.hasPrefix("1 aesm2: data/dataset.json") && version.contains("99"))
      try workshop.write("{", to: "data/dataset.json")
      #expect(try workshop.failure(describing).hasPrefix("1 aesm2: data/dataset.json"))
      try FileManager.default.removeItem(at: workshop["data/dataset.json"])
      #expect(
        try workshop.failure(describing)
          == "1 aesm2: data: is not a data set: it has no dataset.json")
    }
  }

  @Test func truncatedAndAlteredCache() throws {
    try Workshop.with { workshop throws in
      let labels = try workshop.bytes("data/train/labels.u8")
      try labels.dropLast().write(to: workshop["data/train/labels.u8"])
      #expect(try workshop.failure("data describe data").hasPrefix("1 aesm2: data/train/labels.u8"))
      var altered = labels
      altered[0] ^= 1
      try altered.write(to: workshop["data/train/labels.u8"])
      #expect(
        try workshop.failure("data describe data --verify")
          .hasPrefix("1 aesm2: data/train/labels.u8"))
    }
  }

  @Test func outputThatHoldsSomethingElse() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure("data import schema.yaml --files files --output files")
          == "1 aesm2: files: holds something else than a data set ('log.csv', and no dataset.json); "
          + "choose another folder")
      #expect(workshop.has("files/log.csv"))
    }
  }

  @Test func tooFewRowsOfATwin() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure("data synth aliexpress --rows 5 --output new")
          == "1 aesm2: rows is 5, but must be a whole number from 10 to 2000000000")
      #expect(
        try workshop.failure("data synth aliexpress --rows 2000 --output new")
          .contains("has no positive of task 'ctcvr' in scenario"))
      #expect(!workshop.has("new"))
    }
  }
}
