import Configuration
import Experiments
import ExperimentsTestKit
import Testing
import Training

@Suite struct SpecificationTests {
  @Test func readsEveryKey() throws {
    let spec = try specification(
      """
      id: every-key
      title: Every key
      caption: All of them.
      dataset:
        cache: ../cache/twin
        synthetic: {recipe: aliexpress, rows: 1000, seed: 3, settings: {sharedStrength: 1}}
      models:
        - id: alpha
          label: First
          settings: {depth: 2, strength: 0.25}
          training: {learningRate: 0.01}
          search: {model: {width: [8, 16]}}
        - id: beta
          search: {trials: 4, training: {learningRate: {logUniform: [1e-4, 1e-2]}}}
      settings: {width: 32}
      training: {epochs: 3, learningRate: 0.5}
      search: {strategy: random, trials: 8, seed: 5, seeds: [11, 12]}
      seeds: [3, 1, 2]
      selection: {rule: best-validation, metric: logLoss/click}
      metrics: [auc, logLoss]
      reference: First
      budgetNote: Beta has nothing to tune.
      published:
        - source: A. Author, Table 2
          values:
            - {row: First, metric: auc/click/NL, value: 0.7123}
      """)
    #expect(spec.id == "every-key")
    #expect(
      spec.dataset.origin
        == .synthetic(
          recipe: "aliexpress", settings: ["sharedStrength": .integer(1)], rows: 1000, seed: 3))
    #expect(spec.seeds == [3, 1, 2])
    #expect(spec.selection.metric == MetricName(.logLoss, .task("click")))
    let first = try #require(spec.rows.first)
    #expect(first.label == "First")
    #expect(first.settings == ["depth": .integer(2), "strength": .number(0.25)])
    #expect(first.training == ["epochs": .integer(3), "learningRate": .number(0.01)])
    #expect(
      first.search.model == ["width": SearchedSetting(.values([.integer(8), .integer(16)]))])
    #expect(first.budget == 16)
    let second = try #require(spec.rows.last)
    #expect(second.label == "Beta²")
    #expect(second.settings == ["width": .integer(32)])
    #expect(second.training == ["epochs": .integer(3)])
    #expect(
      second.search.training == ["learningRate": SearchedSetting(.logUniform(1e-4...1e-2))])
    #expect(second.budget == 8)
    #expect(spec.published.first?.values.first?.value == 0.7123)
  }

  @Test func countsSeedsFromOne() throws {
    let spec = try specification(minimal + "seeds: 3")
    #expect(spec.seeds == [1, 2, 3])
  }

  @Test func leadingZerosMeanNothing() throws {
    #expect(try specification(minimal + "seeds: [010, 8]").seeds == [10, 8])
  }

  @Test(arguments: [
    ("", "toy.yaml: is empty"),
    ("id: [", "toy.yaml:2:1: is not YAML: did not find"),
    ("id: a\nid: b", "the key 'id' occurs twice"),
    ("- id", "toy.yaml:1: must be a mapping of keys to values, but is a list"),
    ("title: a", "lacks the key 'id'"),
    ("id: A b", "toy.yaml:1: id: 'A b' must be of small letters, digits and hyphens"),
    (minimal + "sedes: 3", "toy.yaml:4: sedes: unknown key 'sedes'; did you mean 'seeds'?"),
    (
      minimal + "search:\nstrategy: grid",
      "toy.yaml:5: strategy: is not allowed here; does it belong to 'search' above, which is empty?"
    ),
    ("id: toy\n\ttitle: a", "line 2 is indented with a tab, but YAML takes spaces only"),
    (minimal + "seeds: 0x10", "must be a whole number from 1 to 1000, but is '0x10'"),
    (minimal + "settings: {width: 0x10}", "width: must be a whole number from 1 to 64"),
    (
      minimal + "settings: {width: -9223372036854775808}",
      "width: must be a whole number from 1 to 64, but is -9223372036854775808"
    ),
    (minimal + "settings: {width: -9.223372036854775808e18}", "width: must be a whole number"),
    (minimal + "seeds: 0", "toy.yaml:4: seeds: must be a whole number from 1 to 1000, but is '0'"),
    (minimal + "seeds: [1, 1]", "lists a seed twice"),
    (minimal + "seeds: []", "must list at least one seed"),
    (minimal + "seeds: [1.5]", "seeds[1]: must be a whole number"),
    (minimal + "metrics: [acu]", "unknown metric 'acu'; did you mean 'auc'?"),
    (minimal + "metrics: []", "metrics lists none"),
    (minimal + "selection: {rule: best-test}", "unknown selection rule 'best-test'"),
    (minimal + "selection: {metric: acu/macro}", "unknown metric 'acu/macro'"),
    (minimal + "selection: {metric: copc/macro}", "cannot select by copc/macro"),
    (
      minimal + "settings: {widht: 3}",
      "toy.yaml:4: settings.widht: unknown hyper-parameter of alpha 'widht'; did you mean 'width'?"
    ),
    (minimal + "settings: {width: 3.5}", "width: must be a whole number from 1 to 64, but is 3.5"),
    (minimal + "settings: {width: 100}", "width: must be a whole number from 1 to 64, but is 100"),
    (minimal + "settings: {width: '8'}", "width: must be a whole number"),
    (minimal + "settings: {depth: 4, width: 2}", "models[1]: depth is 4, but width only 2"),
    (minimal + "training: {learningRat: 1}", "did you mean 'learningRate'?"),
    (minimal + "training: {learningRate: fast}", "learningRate: must be a number from"),
    (
      minimal + "search: {strategy: best}",
      "unknown search strategy 'best' (known: none, grid, random, "
    ),
    (minimal + "search: {trials: 0}", "search.trials: must be a whole number from 1 to 100000"),
    (minimal + "search: {model: {width: 4}}", "must be a mapping of keys to values, but is '4'"),
    (minimal + "search: {model: {width: []}}", "must list at least one value"),
    (
      minimal + "search: {model: {width: [4, 99]}}",
      "width: must be a whole number from 1 to 64, but is 99"
    ),
    (
      minimal + "search: {model: {width: {uniform: [1, 99]}}}",
      "width: must be a whole number from 1 to 64, but is 99"
    ),
    (minimal + "search: {model: {strength: {uniform: [0.9, 0.1]}}}", "the smaller first"),
    (minimal + "search: {model: {strength: {logUniform: [0, 0.1]}}}", "two positive numbers"),
    (minimal + "search: {model: {strength: {normal: [0, 1]}}}", "unknown key 'normal'"),
    (
      minimal + "settings: {width: 4}\nsearch: {model: {width: [4, 8]}}",
      "'width' is both fixed and searched"
    ),
    (minimal + "reference: Alhpa", "unknown row 'Alhpa'; did you mean 'Alpha'?"),
    (
      minimal + "published: [{source: x, values: [{row: Alpha, metric: auc/click, value: high}]}]",
      "must be a decimal number, but is 'high'"
    ),
    (minimal + "published: [{values: []}]", "published[1]: lacks the key 'source'"),
    ("id: a\ndataset: {cache: c, schema: s}\nmodels: [{id: alpha}]", "give both schema and files"),
    ("id: a\ndataset: {}\nmodels: [{id: alpha}]", "dataset: lacks the key 'cache'"),
    ("id: a\ndataset: {cache: c}\nmodels: [{id: alhpa}]", "unknown model 'alhpa'; did you mean"),
    (
      "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}, {id: alpha}]",
      "two rows are labeled 'Alpha'"
    ),
    ("id: a\ndataset: {cache: c}\nmodels: []", "lists no model"),
  ])
  func refusesWithASentence(yaml: String, message: String) {
    let error = #expect(throws: Diagnostic.self) { try specification(yaml) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func theFormerNameOfTrialsIsReadWithANote() throws {
    let yaml =
      "id: a\ndataset: {cache: c}\nsearch: {strategy: random, draws: 8}\nmodels: [{id: alpha}]"
    let specification = try specification(yaml)
    #expect(specification.rows[0].search.trials == 8)
    #expect(specification.notes == ["toy.yaml:3: 'draws' is called 'trials' now"])
  }

  @Test func refusesUnequalBudgetsWithoutANote() throws {
    let yaml = """
      id: a
      dataset: {cache: c}
      search: {strategy: random, trials: 8}
      models: [{id: alpha}, {id: beta, search: {trials: 4}}]
      """
    let error = #expect(throws: Diagnostic.self) { try specification(yaml) }
    #expect(
      error?.description.contains(
        "'Beta²' has a search budget of 4 runs, but 'Alpha' has 8; give all rows the same, or say "
          + "why not in budgetNote") == true)
    #expect(try specification(yaml + "\nbudgetNote: Beta is fixed.").rows.count == 2)
    let epochs = #expect(throws: Diagnostic.self) {
      try specification(
        "id: a\ndataset: {cache: c}\nmodels: [{id: alpha}, {id: beta, training: {epochs: 90}}]")
    }
    #expect(
      epochs?.description.contains(
        "'Beta²' and 'Alpha' may train for different numbers of epochs; give all rows the same")
        == true)
  }

  @Test func namesAFileThatIsNotThere() {
    let error = #expect(throws: Diagnostic.self) {
      try ExperimentSpecification(
        contentsOf: "/nowhere/spec.yaml", catalog: toyCatalog, training: toyTraining)
    }
    #expect(error?.description.hasPrefix("/nowhere/spec.yaml: there is no such file") == true)
  }
}

private let minimal = """
  id: minimal
  dataset: {cache: c}
  models: [{id: alpha}]

  """
