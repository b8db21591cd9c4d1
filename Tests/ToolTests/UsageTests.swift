import Testing
import Training

@Suite struct UsageTests {
  /// Command lines that cannot be used, and what is said of them.
  static let refused = [
    (
      "modles",
      "unknown command 'modles'; did you mean 'models'? (known: models, heads, balancers, "
        + "metrics, data, train, evaluate, predict, sweep, status, report, new, bench)"
    ),
    ("models --jsn", "unknown option '--jsn'. Did you mean '--json'? (see 'aesm2 models --help')"),
    ("train --data data --run-dir r", "--model is missing (see 'aesm2 train --help')"),
    (
      "train --model mmoe --run-dir r",
      "missing expected argument '--data <data>' (see 'aesm2 train --help')"
    ),
    (
      "train --data data --model aesm2 --set noise --run-dir r",
      "'noise' is not of the form name=value"
    ),
    (
      "train --data data --model aesm2 --set noise= --run-dir r",
      "'noise=' is not of the form name=value"
    ),
    (
      "train --data data --model aesm2 --set noise=1 --set noise=2 --run-dir r",
      "'noise' is set twice"
    ),
    (
      "train --data data --model aesm2 --set taskExpertCount=[4 --run-dir r",
      "taskExpertCount: '[4': is not YAML: did not find expected ',' or ']'; a "
        + "bracket that is opened in line 1 may not be closed"
    ),
    (
      "train --data data --model aesm2 --set noise=loud --run-dir r",
      "noise is loud, but must be a number from 0.0 to 1000000.0"
    ),
    (
      "train --data data --model aesm2 --set taskSpecificCount=9 --run-dir r",
      "taskSpecificCount is 9, but there are only 8 experts (taskExpertCount)"
    ),
    (
      "train --data data --model aesm2 --set monitor=auk/macro --run-dir r",
      "monitor: unknown metric 'auk/macro'; did you mean 'auc/macro'? (known: "
        + metricCatalog.map { "\($0)/macro" }.joined(separator: ", ") + ")"
    ),
    (
      "train --data data --model aesm2 --seed=-1 --run-dir r",
      "--seed is -1, but must not be negative (see 'aesm2 train --help')"
    ),
    (
      "train --data data --model aesm2 --threads 0 --run-dir r",
      "--threads is 0, but must be a whole number from 1 to 1024 (see 'aesm2 train --help')"
    ),
    (
      "evaluate run --data data --split train",
      "the value 'train' is invalid for '--split <split>'. Please provide one of 'validation' and "
        + "'test'. (see 'aesm2 evaluate --help')"
    ),
    (
      "data synth aliexpres --output d",
      "unknown synthetic data set 'aliexpres'; did you mean 'aliexpress'? "
        + "(known: aliexpress, entrance-card)"
    ),
    (
      "data synth aliexpress --set noise=1 --output d",
      "synthetic data set 'aliexpress': unknown hyper-parameter 'noise' (known: sharedStrength, "
        + "scenarioStrength, taskStrength, interactionShare, purchaseGain, ctrMultiplier, "
        + "ctcvrMultiplier)"
    ),
    (
      "sweep experiment.yaml --jobs 0",
      "--jobs is 0, but must be a whole number from 1 to 1024 (see 'aesm2 sweep --help')"
    ),
    (
      "sweep experiment.yaml --jobs many",
      "the value 'many' is invalid for '--jobs <jobs>' (see 'aesm2 sweep --help')"
    ),
    (
      "sweep experiment.yaml --launcher cloud",
      "unknown launcher 'cloud' (known: local)"
    ),
  ]

  @Test(arguments: refused.indices)
  func refusedCommandLineHasOneSentenceAndStatus64(index: Int) throws {
    let (commandLine, sentence) = Self.refused[index]
    try Workshop.with { workshop throws in
      #expect(try workshop.failure(commandLine) == "64 aesm2: \(sentence)")
      #expect(!workshop.has("r") && !workshop.has("d") && !workshop.has("runs"))
    }
  }

  @Test(arguments: ["models aesm", "train --data data --model aesm --run-dir r"])
  func unknownModelNamesTheNearest(commandLine: String) throws {
    try Workshop.with { workshop throws in
      let sentence = try workshop.failure(commandLine)
      #expect(
        sentence.hasPrefix(
          "64 aesm2: unknown model 'aesm'; did you mean 'aesm2'? (known: logistic-regression, shared-bottom, "
        ))
    }
  }

  @Test func unknownHyperparameterNamesTheNearest() throws {
    try Workshop.with { workshop throws in
      let sentence = try workshop.failure(
        "train --data data --model mmoe --set expertCuont=4 --run-dir r")
      #expect(
        sentence.hasPrefix(
          "64 aesm2: unknown hyper-parameter 'expertCuont'; did you mean 'expertCount'? (known: "))
    }
  }

  @Test(
    arguments: [
      "", "models", "heads", "balancers", "metrics", "data", "data import", "data synth",
      "data describe",
      "data lint",
      "train",
      "evaluate", "predict", "sweep", "status", "report",
      "new", "new baseline", "bench", "bench all", "bench train",
      "bench score", "bench auc", "bench peak", "bench trace", "bench cache",
    ])
  func everyCommandHasHelpWithAnExample(command: String) throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool("\(command) --help")
      #expect(outcome.status == 0 && outcome.error.isEmpty)
      #expect(outcome.output.contains("Example:\n  aesm2 "))
    }
  }
}
