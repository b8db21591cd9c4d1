import Foundation
import Testing

/// Runs that cannot be begun, resumed or read.
@Suite struct RunFailureTests {
  private let training = "train --data data --model shared-bottom --set epochs=1 --set batchSize=64"

  @Test func missingDataSet() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure("train --data nowhere --model mmoe --run-dir new")
          == "1 aesm2: nowhere: is not a data set: it has no dataset.json")
      #expect(!workshop.has("new"))
    }
  }

  @Test func folderThatHoldsARunOrSomethingElse() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure("\(training) --run-dir run")
          == "1 aesm2: run: already holds a run (done); give --resume to continue it, or another "
          + "--run-dir")
      #expect(
        try workshop.failure("\(training) --run-dir files")
          == "1 aesm2: files: is not the folder of a run: it has no configuration.json")
      #expect(
        try workshop.failure("\(training) --run-dir schema.yaml")
          == "1 aesm2: cannot write 'schema.yaml': Not a directory")
    }
  }

  @Test func anEmptyWorkingFolderTakesARun() throws {
    try Workshop.with { workshop throws in
      for folder in ["empty", "taken"] {
        try FileManager.default.createDirectory(
          at: workshop[folder], withIntermediateDirectories: true)
      }
      try workshop.write("", to: "taken/file")
      let command = training.replacing("--data data", with: "--data ../data") + " --run-dir ."
      func run(in folder: String) throws -> ToolBinary.Outcome {
        try ToolBinary.run(
          command.split(separator: " ").map(String.init), in: workshop[folder],
          scratch: workshop.folder)
      }
      let outcome = try run(in: "empty")
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(workshop.has("empty/record.json") && workshop.has("empty/configuration.json"))
      #expect(
        try run(in: "taken").error
          == "aesm2: .: is not the folder of a run: it has no configuration.json\n")
      #expect(
        try workshop.failure("runs export --from run --format tensorboard --to .").hasPrefix(
          "1 aesm2: "))
    }
  }

  @Test func aFolderInPlaceOfTheManifest() throws {
    try Workshop.with { workshop throws in
      try FileManager.default.removeItem(at: workshop["data/dataset.json"])
      try FileManager.default.createDirectory(
        at: workshop["data/dataset.json"], withIntermediateDirectories: true)
      #expect(
        try workshop.failure("data describe data")
          == "1 aesm2: cannot read 'data/dataset.json': it is a folder, not a file")
    }
  }

  @Test func resumingNothing() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure("train --data data --run-dir new --resume")
          == "1 aesm2: new: is not the folder of a run: it has no configuration.json")
    }
  }

  @Test func resumingWithAnotherConfiguration() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure("\(training) --set dropout=0.5 --run-dir run --resume")
          == "1 aesm2: run: holds a run of another configuration: its dropout is 0, not 0.5")
      #expect(
        try workshop.failure("\(training) --seed 2 --run-dir run --resume")
          == "1 aesm2: run: holds a run of another configuration: its seed is 1, not 2")
      #expect(
        try workshop.failure("train --data data --model mmoe --run-dir run --resume")
          == "1 aesm2: run: holds a run of another configuration: its model is shared-bottom, not "
          + "mmoe")
    }
  }

  @Test func resumingOnOtherData() throws {
    try Workshop.with { workshop throws in
      try workshop.replace("u1,", with: "u2,", in: "files/log.csv")
      try workshop.tool("data import schema.yaml --files files --output other")
      for command in [
        "train --data other --run-dir run --resume", "evaluate run --data other --split test",
      ] {
        let sentence = try workshop.failure(command)
        #expect(sentence.hasPrefix("1 aesm2: run: the run is on the data set "))
        #expect(
          sentence.contains("but \(workshop["other"].path) is ")
            || sentence.contains("but other is "))
      }
    }
  }

  @Test func damagedConfigurationAndRecord() throws {
    try Workshop.with { workshop throws in
      try workshop.replace("\"seed\":1", with: "\"sead\":1", in: "run/configuration.json")
      #expect(
        try workshop.failure("evaluate run --data data --split test")
          .hasPrefix("1 aesm2: run/configuration.json: unknown key 'sead'; did you mean 'seed'?"))
      try workshop.write("{\"dataset\":", to: "run/configuration.json")
      #expect(
        try workshop.failure("evaluate run --data data --split test")
          .hasPrefix("1 aesm2: run/configuration.json: "))
    }
  }

  /// Damages to a file of weights, and what is said of them.
  static let damages: [(bytes: @Sendable (Data) -> Data, word: String)] = [
    ({ _ in Data() }, "has only 0 bytes"),
    ({ $0.prefix(100) }, "truncated"),
    ({ $0.dropLast(40) }, "truncated"),
    ({ _ in Data("not weights at all, but some other file".utf8) }, "is not a safetensors file"),
    (
      { data in
        var data = data
        data.replaceSubrange(8..<12, with: Data("????".utf8))
        return data
      }, "does not begin with a header"
    ),
  ]

  @Test(arguments: damages.indices)
  func damagedWeights(index: Int) throws {
    try Workshop.with { workshop throws in
      let (change, word) = Self.damages[index]
      try change(try workshop.bytes("run/weights.safetensors"))
        .write(to: workshop["run/weights.safetensors"])
      let sentence = try workshop.failure("evaluate run --data data --split test")
      #expect(sentence.hasPrefix("1 aesm2: run/weights.safetensors: "))
      #expect(sentence.contains(word), "\(sentence)")
    }
  }

  @Test func weightsOfAnotherModel() throws {
    try Workshop.with { workshop throws in
      try workshop.tool(
        "train --data data --model mmoe --set epochs=1 --set batchSize=64 --run-dir other")
      try workshop.bytes("other/weights.safetensors").write(to: workshop["run/weights.safetensors"])
      let sentence = try workshop.failure("evaluate run --data data --split test")
      #expect(sentence.hasPrefix("1 aesm2: run/weights.safetensors: "))
      #expect(sentence.contains("bottom"), "\(sentence)")
    }
  }

  @Test func weightsOfAnotherRun() throws {
    try Workshop.with { workshop throws in
      try workshop.tool(
        "train --data data --model shared-bottom --set epochs=1 --set batchSize=64 --seed 2 "
          + "--run-dir other")
      try workshop.bytes("other/weights.safetensors").write(to: workshop["run/weights.safetensors"])
      #expect(
        try workshop.failure("evaluate run --data data --split test")
          == "1 aesm2: run/weights.safetensors: holds the weights of another run")
    }
  }

  @Test func damagedCheckpointIsRefusedByResumption() throws {
    try Workshop.with { workshop throws in
      try FileManager.default.removeItem(at: workshop["run/record.json"])
      try workshop.bytes("run/weights.safetensors")
        .write(to: workshop["run/checkpoint.safetensors"])
      let sentence = try workshop.failure("train --data data --run-dir run --resume")
      #expect(sentence.hasPrefix("1 aesm2: run/checkpoint.safetensors: "), "\(sentence)")
    }
  }

  @Test func runWithoutWeights() throws {
    try Workshop.with { workshop throws in
      try FileManager.default.removeItem(at: workshop["run/weights.safetensors"])
      #expect(
        try workshop.failure("predict run --data data --split test --output p.npy")
          == "1 aesm2: run/weights.safetensors: the file is missing, though the run is done")
      #expect(
        try workshop.failure("evaluate data --data data --split test")
          == "1 aesm2: data: is not the folder of a run: it has no configuration.json")
    }
  }

  @Test func settingsThatDoNotSuitTheProblem() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.failure("\(training) --set monitor=auc/clik --run-dir new")
          .hasPrefix("1 aesm2: unknown metric 'auc/clik'; did you mean 'auc/click'? (known: "))
      #expect(
        try workshop.failure("\(training) --set taskWeights=[1] --run-dir new2")
          == "1 aesm2: taskWeights has 1 numbers, but the problem has 2 tasks (click, buy)")
    }
  }

  @Test func lossThatIsNotFinite() throws {
    try Workshop.with { workshop throws in
      let sentence = try workshop.failure(
        "\(training) --set optimizer=sgd --set learningRate=100 --set epochs=50 --run-dir new"
          .replacing("--set epochs=1 ", with: ""))
      #expect(sentence.contains("aesm2: step ") || sentence.contains("the model predicts"))
      #expect(sentence.contains("not finite") || sentence.contains("nan"), "\(sentence)")
    }
  }
}
