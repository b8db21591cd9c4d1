import Testing

@Suite struct UsageTests {
  @Test(
    arguments: [
      "", "models", "heads", "balancers", "optimizers", "metrics", "data", "data import",
      "schedulers", "data synth",
      "data describe",
      "data lint",
      "train",
      "evaluate", "predict", "sweep", "status", "report", "site",
      "new", "new baseline", "bench", "bench all", "bench train",
      "bench ranks",
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
