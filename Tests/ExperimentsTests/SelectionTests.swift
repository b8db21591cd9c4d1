import Experiments
import ExperimentsTestKit
import Testing
import Training

@Suite struct SelectionTests {
  private func view(_ trial: Int, seed: Int = 0, auc: Double?, logLoss: Double = 0.5)
    -> ValidationView
  {
    let cell = MetricCell(rows: 10, positives: 5, values: [.auc: auc, .logLoss: logLoss])
    return ValidationView(
      trial: trial, seed: seed,
      validation: MetricGrid(tasks: ["t"], scenarios: ["s"], cells: [[cell]], pooled: [cell]))
  }

  private func chosen(by selection: Selection, among views: [ValidationView], seeds: [Int] = [0])
    throws -> Int?
  {
    let row = try specification(
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}]\nsearch: {strategy: random, trials: 4}"
    ).rows[0]
    return selection.choice(
      for: row, among: try selection.scores(of: views, runSeeds: seeds))?.trial
  }

  @Test func takesTheHighestAUC() throws {
    let views = [view(0, auc: 0.6), view(1, auc: 0.8), view(2, auc: 0.7)]
    #expect(try chosen(by: Selection(), among: views) == 1)
  }

  @Test func takesTheLowestLogLoss() throws {
    var selection = Selection()
    selection.metric = MetricName(.logLoss, .taskPooled("t"))
    let views = [view(0, auc: 0.9, logLoss: 0.5), view(1, auc: 0.1, logLoss: 0.4)]
    #expect(try chosen(by: selection, among: views) == 1)
  }

  @Test func takesTheEarlierOfEqualDraws() throws {
    let views = [view(2, auc: 0.7), view(1, auc: 0.7)]
    #expect(try chosen(by: Selection(), among: views) == 1)
  }

  @Test func averagesOverSeedsAndRulesOutWhatLacksOne() throws {
    let views = [
      view(0, seed: 0, auc: 0.6), view(0, seed: 1, auc: 0.7),
      view(1, seed: 0, auc: 0.9),
      view(2, seed: 0, auc: 0.61), view(2, seed: 1, auc: 0.71),
      view(3, seed: 0, auc: 0.99), view(3, seed: 1, auc: nil),
    ]
    #expect(try chosen(by: Selection(), among: views, seeds: [0, 1]) == 2)
    #expect(try chosen(by: Selection(), among: []) == nil)
  }

  /// The view has no member for test metrics; this fails to compile or fails if it gains one that
  /// can be filled from a record.
  @Test func theViewHoldsValidationOnly() {
    let members = Mirror(reflecting: view(0, auc: 0.5)).children.compactMap(\.label)
    #expect(members == ["trial", "seed", "validation"])
  }
}
