import Configuration
import Experiments
import ExperimentsTestKit
import TestKit
import Testing

@Suite struct RunConditionTests {
  private let runs: [StoredRun] = [
    StoredRun(
      .done(fakeRecord(FakeStore.configuration(width: 4, seed: 1))),
      places: [
        .init(row: "A", purpose: .search, trial: 2, order: 0),
        .init(row: "B", purpose: .result, trial: 2, order: 1),
      ]),
    StoredRun(.done(fakeRecord(FakeStore.configuration(model: "beta", width: 16, seed: 2)))),
    StoredRun(
      .failed(
        RunFailure(
          configuration: FakeStore.configuration(width: 8, seed: 3), message: "no, memory",
          step: 7, provenance: fakeProvenance))),
  ]

  /// The seeds of the runs that meet all conditions of a text.
  private func seeds(_ text: String) throws -> [Int] {
    let conditions = try RunCondition.list(text, among: runs)
    return runs.filter { run in conditions.allSatisfy { $0.isMet(by: run) } }
      .map(\.configuration.seed)
  }

  @Test(arguments: [
    ("model=alpha", [1, 3]), ("model!=alpha", [2]), ("model = beta", [2]), ("state=failed", [3]),
    ("settings.width<8", [1]), ("settings.width<=8", [1, 3]), ("settings.width>8", [2]),
    ("settings.width>=8", [2, 3]), ("settings.width=16", [2]), ("settings.width=16.0", [2]),
    ("settings.sizes=[16]", [2]), ("settings.width!=16,state=done", [1]),
    ("training.learningRate=1e-3", [1, 2, 3]), ("training.learningRate<0.001", []),
    ("seed>1,seed<3", [2]), ("failure=\"no, memory\"", [3]), ("date<2027", [1, 2, 3]),
    ("date>=2026-06-01", []), ("row=A", [1]), ("row=B", [1]), ("row!=A", []),
    ("purpose=search", [1]),
    ("trial=2", [1]), ("commit=0123", [1, 2, 3]), ("dataset=da", [1, 2, 3]), ("dataset=at", []),
    ("test.auc/macro>0", [1, 2]), ("test.auc/macro>0.9", []),
    ("validation.logLoss/click<1", [1, 2]),
    ("test.gauc/macro>0", []), ("test.gauc/macro!=0.5", []),
    ("stoppedEarly=false", [1, 2]), ("model=4", []),
  ])
  func meetsWhatItSays(condition: String, seeds: [Int]) throws {
    #expect(try self.seeds(condition) == seeds)
  }

  @Test func digitsOfAnIDSufficeWhateverTheyLookLike() throws {
    for run in runs {
      for count in [5, 12, 32] {
        #expect(try seeds("id=\(run.id.prefix(count))") == [run.configuration.seed])
      }
    }
  }

  @Test func anyMetricIsAcceptedWhereNoRunHasAny() throws {
    let failed = try #require(runs.last)
    #expect(try !RunCondition("test.auc/clik>0", among: [failed]).isMet(by: failed))
    #expect(throws: Diagnostic.self) { try RunCondition("test.auc/clik>0", among: runs) }
  }

  @Test(arguments: [
    ("model", "is no condition"), ("=mmoe", "is no condition"), ("model=", "is no condition"),
    ("modle=alpha", "did you mean 'model'?"),
    ("settings.widht=4", "did you mean 'settings.width'?"),
    ("width=4", "unknown field 'width'"), ("test.acu/macro>0", "did you mean 'auc/macro'?"),
    ("test.auc/nowhere!=0", "test: unknown metric 'auc/nowhere'"),
    ("test.auc/clik>0", "unknown metric 'auc/clik'; did you mean 'auc/click'?"),
    ("seed<abc", "seed is compared with a number, not the text 'abc'"),
    ("seed=\"1\"", "seed is compared with a number, not the text '1'"),
    ("settings.width<wide", "settings.width is compared with a number, not the text"),
    ("state=dnoe", "unknown state 'dnoe'; did you mean 'done'?"),
    ("purpose!=serch", "unknown purpose 'serch'; did you mean 'search'?"),
    ("state>done", "state has no order"), ("stoppedEarly=no", "stoppedEarly is true or false"),
    ("test.auc>0", "unknown metric 'auc'"), ("settings.width<[1]", "compares numbers or texts"),
    ("settings.width=[1", "'settings.width=[1'"),
  ])
  func refusesWhatIsNone(condition: String, part: String) {
    let text = sentence { _ = try RunCondition.list(condition, among: runs) }
    #expect(text?.contains(part) == true, "\(text ?? "accepted")")
  }
}
