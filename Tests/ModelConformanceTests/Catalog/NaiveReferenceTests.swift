import Ranking
import TensorCore
import TestKit
import Testing

@Suite("Every model beside its formula")
struct NaiveReferenceTests {
  /// In evaluation, with running moments and quantiles of training rows.
  @Test(arguments: ConformanceCase.problems + ConformanceCase.options + ConformanceCase.sizes)
  func logOddsAreThoseOfTheNaiveReference(_ model: ConformanceCase) throws {
    let id = model.entry.card.id
    guard let reference = naiveReferences.first(where: { $0.id == id }) else { return }
    let built = try model.build()
    let training = model.tiny.training.all
    built.store.fitBuffers(to: training.batch.numericals)
    built.shake()
    built.train(training)
    let expected = try reference.logits(
      of: model.tiny.validation.rows.prefix(30), from: built, settings: model.resolvedSettings())
    expectClose(
      built.logits(model.tiny.validation.first(30)).values.map(Double.init), expected,
      relative: 1e-4, absolute: 1e-4, "log-odds of \(id) beside \(reference):")
  }

  @Test(arguments: ConformanceCase.defaults)
  func everyModelHasAReferenceOrAReasonForNone(_ model: ConformanceCase) {
    let id = model.entry.card.id
    let count =
      naiveReferences.count { $0.id == id } + (modelsWithoutReference[id] == nil ? 0 : 1)
    #expect(
      count == 1,
      """
      '\(id)' has \(count) naive references: write one in Tests/ModelConformanceTests/References/ and \
      list it in References.swift, or give the reason in modelsWithoutReference there
      """)
  }
}
