import Foundation
import TestKit
import Testing

// Internal: ColumnFileWriter.
@testable import Datasets

@Suite struct CacheFailureTests {
  /// Opens a cache after `change`, and returns the message with the folder's path left out.
  private func failure(
    verifyingDigests: Bool = false, _ change: (URL) throws -> Void
  ) throws -> String {
    let folder = try TemporaryFolder()
    try SmallProblem.write(at: folder["cache"])
    try change(folder["cache"])
    let text = message {
      _ = try Dataset.open(at: folder["cache"], verifyingDigests: verifyingDigests)
    }
    return text.replacing(folder["cache"].path, with: "CACHE")
  }

  private func edit(_ cache: URL, _ old: String, _ new: String) throws {
    let url = cache.appending(path: "dataset.json")
    let text = try String(contentsOf: url, encoding: .utf8)
    #expect(text.contains(old))
    try text.replacing(old, with: new).write(to: url, atomically: true, encoding: .utf8)
  }

  @Test func folderWithoutDescription() throws {
    let text = try failure {
      try FileManager.default.removeItem(at: $0.appending(path: "dataset.json"))
    }
    #expect(text == "CACHE: is not a data set: it has no dataset.json")
  }

  @Test func otherVersion() throws {
    let text = try failure { try edit($0, "\"formatVersion\" : 2", "\"formatVersion\" : 7") }
    #expect(
      text == "CACHE/dataset.json: has cache format 7, but this program reads format 2; "
        + "import the data again")
  }

  @Test func descriptionThatIsNoJSON() throws {
    let text = try failure {
      try Data("{\"formatVersion\": 1, ".utf8).write(to: $0.appending(path: "dataset.json"))
    }
    #expect(text == "CACHE/dataset.json: is corrupt: it cannot be read as JSON")
  }

  @Test func descriptionThatLacksAKey() throws {
    let text = try failure { try edit($0, "\"problem\"", "\"poblem\"") }
    #expect(text == "CACHE/dataset.json: is corrupt: it lacks the key 'problem'")
  }

  @Test func descriptionWithAWrongType() throws {
    let text = try failure { try edit($0, "\"vocabularySize\" : 7", "\"vocabularySize\" : \"x\"") }
    #expect(
      text
        == "CACHE/dataset.json: is corrupt: the key 'problem.fields[2].vocabularySize' has a "
        + "value of the wrong type")
  }

  @Test func descriptionThatWasEdited() throws {
    let text = try failure { try edit($0, "\"vocabularySize\" : 7", "\"vocabularySize\" : 8") }
    #expect(
      text == "CACHE/dataset.json: is corrupt: the fingerprint does not fit the problem, the "
        + "counts and the column files")
  }

  @Test func anyEditOfTheDescriptionIsFound() throws {
    for (old, new) in [
      ("made up", "made"), ("\"rowCount\" : 40", "\"rowCount\" : 41"),
      ("\"digest\" : \"", "\"digest\":\""), ("{", "{\"unknown\" : 1,"),
    ] {
      let text = try failure { cache in
        let url = cache.appending(path: "dataset.json")
        let json = try String(contentsOf: url, encoding: .utf8)
        let range = try #require(json.range(of: old))
        try json.replacingCharacters(in: range, with: new)
          .write(to: url, atomically: true, encoding: .utf8)
      }
      #expect(text.hasPrefix("CACHE/dataset.json: is corrupt: "), "\(old): \(text)")
    }
  }

  @Test func scenarioTreeWithALeafOutsideOfItsLevels() throws {
    let text = try failure { cache in
      let url = cache.appending(path: "dataset.json")
      let json = try String(contentsOf: url, encoding: .utf8)
      try json.replacing(/\[\s*2\s*\]/, with: "[9]").write(
        to: url, atomically: true, encoding: .utf8)
    }
    #expect(
      text
        == "CACHE/dataset.json: is corrupt: the scenario tree has leaves that do not fit its levels"
    )
  }

  @Test func ceilingsThatDoNotFitTheProblem() throws {
    let fitting = Ceilings.Table(
      cells: [[0.71, nil, 0.8], [0.6, 0.5, nil]], macroMeans: [0.75, 0.55], pooled: [0.76, nil])
    for (digits, place) in [("0.71", "ceilings"), ("0.72", "ceilings: realized")] {
      for (change, problem) in [
        ("", "must be of 2 tasks and 3 scenarios"),
        ("7.1,", "7.1 is no AUC: it must be from 0 to 1"),
      ] {
        let text = try failure { cache in
          try FileManager.default.removeItem(at: cache)
          let writer = try DatasetWriter(problem: SmallProblem.problem, at: cache, provenance: [:])
          for split in SplitName.allCases {
            try writer.append(SmallProblem.block(0..<9), to: split)
          }
          var realized = fitting
          realized.cells[0][0] = 0.72
          try writer.finish(ceilings: Ceilings(expected: fitting, realized: realized))
          try edit(cache, "\(digits),", change)
        }
        #expect(text == "CACHE/dataset.json: is corrupt: \(place): \(problem)")
      }
    }
  }

  @Test func truncatedColumnFile() throws {
    let text = try failure { cache in
      let url = cache.appending(path: "train/numericals.f32")
      try Data(contentsOf: url).prefix(100).write(to: url)
    }
    #expect(
      text == "CACHE/train/numericals.f32: has 100 bytes, but must have 320; import the data again")
  }

  @Test func missingColumnFile() throws {
    let text = try failure {
      try FileManager.default.removeItem(at: $0.appending(path: "test/ids.i32"))
    }
    #expect(text == "cannot open 'CACHE/test/ids.i32': No such file or directory")
  }

  @Test func changedByteIsFoundByTheDigest() throws {
    let flip = { (cache: URL) in
      let url = cache.appending(path: "train/labels.u8")
      var data = try Data(contentsOf: url)
      data[3] ^= 1
      try data.write(to: url)
    }
    // A wrong label is in range: only the digest tells.
    #expect(try failure(flip) == "no error")
    #expect(
      try failure(verifyingDigests: true, flip)
        == "CACHE/train/labels.u8: is corrupt: its digest is not the one in dataset.json")
  }

  /// Writes numbers over those of a column file of the train split, from index `first` on, and returns
  /// the message of reading all rows.
  private func failure<Number>(
    _ file: String, _ numbers: [Number], at first: Int
  ) throws -> String {
    let folder = try TemporaryFolder()
    try SmallProblem.write(at: folder["cache"])
    let url = folder["cache"].appending(path: "train/\(file)")
    var data = try Data(contentsOf: url)
    let bytes = numbers.withUnsafeBytes { Data($0) }
    let start = first * MemoryLayout<Number>.stride
    data.replaceSubrange(start..<start + bytes.count, with: bytes)
    try data.write(to: url)
    let text = message {
      let rows = try Dataset.open(at: folder["cache"]).training.rows
      _ = try rows.all
      _ = try rows.groups
    }
    return text.replacing(folder["cache"].path, with: "CACHE")
  }

  @Test func numbersOutOfRangeAreFoundWhenRowsAreRead() throws {
    let again = "; import the data again"
    #expect(
      try failure("ids.i32", [Int32(7)], at: 23)
        == "CACHE/train: is corrupt: row 11: id 7 of field 'item' is not in 0..<7" + again)
    #expect(
      try failure("ids.i32", [Int32(-1)], at: 22)
        == "CACHE/train: is corrupt: row 11: id -1 of field 'user' is not in 0..<100" + again)
    #expect(
      try failure("numericals.f32", [Float.nan], at: 25)
        == "CACHE/train: is corrupt: row 12: numerical 'price' is nan, but must be finite" + again)
    #expect(
      try failure("leaves.i32", [Int32(3)], at: 39)
        == "CACHE/train: is corrupt: row 39: leaf 3 is not in 0..<3" + again)
    #expect(
      try failure("labels.u8", [UInt8(2)], at: 79)
        == "CACHE/train: is corrupt: row 39: the label of task 'buy' is 2, but must be 0 or 1"
        + again)
    #expect(
      try failure("mask.u8", [UInt8(255)], at: 0)
        == "CACHE/train: is corrupt: row 0: the mask of task 'click' is 255, but must be 0 or 1"
        + again)
    #expect(
      try failure("labels.u8", [UInt8(1)], at: 1)
        == "CACHE/train: is corrupt: row 0: the label of task 'buy' is 1, but the task is not "
        + "defined there" + again)
    #expect(
      try failure("groups.i32", [Int32(-5)], at: 7)
        == "CACHE/train: is corrupt: row 7: group -5 is negative" + again)
  }

  @Test func offsetsAndIdsOfMultiValuedFieldsAreChecked() throws {
    let again = "; import the data again"
    let place = "CACHE/train/bag0"
    for (offset, found) in [(Int64(100_000), "100000"), (-1, "-1"), (.max, "\(Int64.max)")] {
      let text = try failure("bag0.offsets.i64", [offset], at: 5)
      #expect(
        text.hasPrefix("\(place).offsets.i64: is corrupt: row 4: the offset \(found) is not in "),
        "\(text)")
    }
    #expect(
      try failure("bag0.offsets.i64", [Int64(9)], at: 40)
        == "\(place).offsets.i64: is corrupt: its end is not the number of ids")
    #expect(
      try failure("bag0.ids.i32", [Int32(50)], at: 0)
        == "\(place).ids.i32: is corrupt: row 1: id 50 of field 'tags' is not in 0..<50" + again)
    #expect(
      try failure("bag0.ids.i32", [Int32(-1)], at: 1)
        == "\(place).ids.i32: is corrupt: row 2: id -1 of field 'tags' is not in 0..<50" + again)
  }

  @Test func theFirstBadRowsAreReportedWhicheverThreadIsLast() throws {
    let folder = try TemporaryFolder()
    let writer = try DatasetWriter(
      problem: SmallProblem.problem, at: folder["cache"], provenance: [:])
    for split in SplitName.allCases { try writer.append(SmallProblem.block(0..<4096), to: split) }
    try writer.finish()
    let url = folder["cache"].appending(path: "train/leaves.i32")
    var data = try Data(contentsOf: url)
    for row in [600, 1500, 2500, 4000] { data[row * 4] = 9 }
    try data.write(to: url)
    let rows = try Dataset.open(at: folder["cache"]).training.rows
    for _ in 0..<20 {
      #expect(message { _ = try rows.all }.contains("row 600: leaf 9 is not in 0..<3"))
    }
  }

  // MARK: - Writing

  /// Returns the message for writing one block.
  private func failure(_ change: (inout RowBlock) -> Void) throws -> String {
    let folder = try TemporaryFolder()
    let writer = try DatasetWriter(
      problem: SmallProblem.problem, at: folder["cache"], provenance: [:])
    try writer.append(SmallProblem.block(0..<10), to: .train)
    var block = SmallProblem.block(10..<14)
    change(&block)
    return message { try writer.append(block, to: .train) }
  }

  @Test func rowsThatDoNotFitTheProblem() throws {
    #expect(
      try failure { $0.ids[3] = 7 }
        == "train split: row 11: id 7 of field 'item' is not in 0..<7")
    #expect(
      try failure { $0.ids[2] = -1 }
        == "train split: row 11: id -1 of field 'user' is not in 0..<100")
    #expect(
      try failure { $0.numericals[5] = .nan }
        == "train split: row 12: numerical 'price' is nan, but must be finite")
    #expect(
      try failure { $0.numericals[0] = .infinity }
        == "train split: row 10: numerical 'age' is inf, but must be finite")
    #expect(try failure { $0.leaves[1] = 3 } == "train split: row 11: leaf 3 is not in 0..<3")
    #expect(
      try failure { $0.labels[1] = 2 }
        == "train split: row 10: the label of task 'buy' is 2, but must be 0 or 1")
    #expect(
      try failure { $0.mask?[2] = 9 }
        == "train split: row 11: the mask of task 'click' is 9, but must be 0 or 1")
    #expect(try failure { $0.groups?[0] = -5 } == "train split: row 10: group -5 is negative")
    #expect(
      try failure { $0.labels.removeLast() }
        == "train split: labels has 7 values, but 4 rows need 8")
    #expect(
      try failure { $0.bags[0].offsets[1] = 9 }
        == "train split: the offsets of field 'tags' do not fit 4 rows")
    #expect(
      try failure { $0.bags[0].ids[0] = 50 }
        == "train split: id 50 of field 'tags' is not in 0..<50")
    #expect(
      try failure { $0.groups = nil }
        == "train split: some rows of the train split have a group and some have none")
  }

  @Test func splitWithoutRows() throws {
    let folder = try TemporaryFolder()
    let writer = try DatasetWriter(
      problem: SmallProblem.problem, at: folder["cache"], provenance: [:])
    try writer.append(SmallProblem.block(0..<10), to: .train)
    #expect(message { try writer.finish() } == "the validation split has no rows")
  }

  @Test func folderWithSomethingElseIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "cache/letter.txt")
    let text = message { try SmallProblem.write(at: folder["cache"]) }
    #expect(
      text == "\(folder["cache"].path): holds something else than a data set ('letter.txt', and no "
        + "dataset.json); choose another folder")
    #expect(folder.contents == ["cache"])
  }

  @Test(arguments: ["letter.txt", "train/letter.txt", "train/deep/letter.txt", "sub/letter.txt"])
  func aCacheWithSomethingForeignInItIsLeftAlone(name: String) throws {
    let folder = try TemporaryFolder()
    try SmallProblem.write(at: folder["cache"])
    try folder.write("mine", to: "cache/\(name)")
    let before = try Data(contentsOf: folder["cache/dataset.json"])
    let text = message { try SmallProblem.write(at: folder["cache"]) }
    let foreign = name.hasPrefix("train/deep") ? "train/deep" : name.hasPrefix("sub") ? "sub" : name
    #expect(
      text == "\(folder["cache"].path): holds '\(foreign)', which is not part of a data set cache "
        + "and would be lost; choose another folder, or move that out of it")
    #expect(try Data(contentsOf: folder["cache/\(name)"]) == Data("mine".utf8))
    #expect(try Data(contentsOf: folder["cache/dataset.json"]) == before)
    #expect(folder.contents == ["cache"])
  }

  @Test(arguments: ["{}", "", #"{"formatVersion":1,"fingerprint":"","splits":[]}"#])
  func aForeignFileOfTheManifestsNameIsLeftAlone(manifest: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(manifest, to: "cache/dataset.json")
    let text = message { try SmallProblem.write(at: folder["cache"]) }
    #expect(text.contains("dataset.json that is not that of a data set cache"), "\(text)")
    #expect(try Data(contentsOf: folder["cache/dataset.json"]) == Data(manifest.utf8))
  }

  @Test func aCacheOfAnEarlierFormatIsReplaced() throws {
    let folder = try TemporaryFolder()
    let digest = String(repeating: "0a", count: 32)
    try folder.write(
      """
      {"formatVersion":1,"fingerprint":"\(digest)","vocabularies":"vocabularies.json",
      "splits":[{"name":"train","files":[{"name":"ids.i32"}]}]}
      """, to: "cache/dataset.json")
    for name in ["train/ids.i32", "vocabularies.json", "lint.json"] {
      try folder.write("old", to: "cache/\(name)")
    }
    try SmallProblem.write(at: folder["cache"])
    #expect(try Dataset.open(at: folder["cache"]).training.rows.rowCount == 40)
    #expect(folder.contents == ["cache"])
  }

  @Test func whatComesIntoTheOldCacheMeanwhileIsNotLost() throws {
    let folder = try TemporaryFolder()
    try SmallProblem.write(at: folder["cache"])
    let writer = try DatasetWriter(
      problem: SmallProblem.problem, at: folder["cache"], provenance: [:])
    for split in SplitName.allCases { try writer.append(SmallProblem.block(0..<10), to: split) }
    try folder.write("mine", to: "cache/letter.txt")
    #expect(message { try writer.finish() }.contains("holds 'letter.txt'"))
    #expect(try Data(contentsOf: folder["cache/letter.txt"]) == Data("mine".utf8))
  }

  @Test func aLinkToTheFolderStaysALink() throws {
    let folder = try TemporaryFolder()
    for target in ["real", "missing"] {
      if target == "real" { try SmallProblem.write(at: folder["real"]) }
      let link = folder["link-\(target)"]
      try FileManager.default.createSymbolicLink(
        atPath: link.path, withDestinationPath: target)
      try SmallProblem.write(at: link)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == target)
      #expect(try Dataset.open(at: folder[target]).training.rows.rowCount > 0)
    }
    #expect(Set(folder.contents) == ["link-missing", "link-real", "missing", "real"])
  }

  @Test func fileInThePlaceOfTheFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "cache")
    let text = message { try SmallProblem.write(at: folder["cache"]) }
    #expect(text == "\(folder["cache"].path): is a file, but must be a folder for the data set")
  }

  @Test func folderThatCannotBeMade() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("a file", to: "file")
    let text = message { try SmallProblem.write(at: file.appending(path: "deep/cache")) }
    #expect(text.hasPrefix("cannot create the folder '\(file.path)"))
    #expect(text.hasSuffix(": Not a directory"))
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/version"), "there is no /proc"))
  func folderThatMustNotBeWritten() throws {
    let text = message {
      try SmallProblem.write(at: URL(fileURLWithPath: "/proc/cache"))
    }
    #expect(text.hasPrefix("cannot create the folder '/proc/"))
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"))
  func fullDisk() throws {
    let writer = try ColumnFileWriter(path: "/dev/full")
    try writer.append([Int32](repeating: 1, count: 1000))
    #expect(
      message { _ = try writer.finish() } == "cannot write '/dev/full': No space left on device")
    let large = try ColumnFileWriter(path: "/dev/full")
    #expect(
      message { for _ in 0..<20 { try large.append([Int32](repeating: 1, count: 1 << 19)) } }
        == "cannot write '/dev/full': No space left on device")
  }
}
