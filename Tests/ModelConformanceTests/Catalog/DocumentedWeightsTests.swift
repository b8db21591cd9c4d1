import Configuration
import Testing

/// Every model that `docs/weights.md` describes has the arrays that the page names, and no others.
@Suite struct DocumentedWeightsTests {
  private static let page = Result { try DocumentedWeights() }

  static let cases = (ConformanceCase.all + ConformanceCase.sizes)
    .filter { (try? page.get().describes($0.entry.card.id)) ?? true }

  @Test func pageDescribesTheModels() throws {
    for model in ["logistic-regression", "shared-bottom", "mmoe", "ple", "cross-stitch", "aesm2"] {
      #expect(try Self.page.get().describes(model))
    }
  }

  @Test(arguments: cases)
  func modelHasTheArraysThatThePageNames(conformanceCase: ConformanceCase) throws {
    let (entry, problem) = (conformanceCase.entry, conformanceCase.tiny.problem)
    let settings = try conformanceCase.resolvedSettings()
    let documented = try Self.page.get()
      .arrays(of: entry.card.id, settings: settings, for: problem)
    let store = try conformanceCase.build().store
    let actual = Dictionary(
      uniqueKeysWithValues: store.parameters.map { ($0.name, $0.value.shape) }
        + store.buffers.map { ($0.name, $0.value.shape) })
    for (name, shape) in actual.sorted(by: { $0.key < $1.key }) where documented[name] != shape {
      Issue.record("\(name) is \(shape), but the page says \(documented[name]?.description ?? "-")")
    }
    for name in documented.keys.sorted() where actual[name] == nil {
      Issue.record("there is no \(name)")
    }
  }
}
