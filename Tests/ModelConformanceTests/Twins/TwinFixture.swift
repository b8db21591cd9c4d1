import Configuration
import Foundation
import Ranking
import TensorCore
import TestKit
import Testing

/// What the PyTorch twin of a model makes of a case: an element of a file in `Tests/Fixtures/models`, to which
/// `Tests/Fixtures/make/models.py` added results.
struct TwinFixture: Sendable, CustomTestStringConvertible {
  let twinCase: TwinCase

  /// The description of the case, and the results, as in the file.
  var content: ConfigurationValue

  var testDescription: String { "\(twinCase.entry.card.id) \(content.member("name").text)" }

  /// Reads the fixtures of a model; none without a file.
  static func all(of entry: CatalogEntry) throws -> [TwinFixture] {
    let path = FixtureFolder.path("models/\(entry.card.id).json")
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let file = try ConfigurationValue(json: String(contentsOfFile: path, encoding: .utf8))
    return try file.member("cases").elements.map { content in
      let phase = content.member("phase").text
      return TwinFixture(
        twinCase: TwinCase(
          entry: entry, problem: try TwinProblem.named(content.member("problem").text),
          chosen: content.member("chosen").members, epoch: content.member("epoch").number,
          phase: phase.isEmpty ? nil : phase,
          hasBatchMoments: content.member("hasBatchMoments") == .bool(true)),
        content: content)
    }
  }

  /// Everything in which a result differs from the twin's, the worst first.
  ///
  /// Ours is in `Float`, the twin's in `Double`. A limit is 1e-5 of the scale of what is compared: of the largest
  /// log-odds of the case and 1; of a loss and 1; of the norm of a parameter's gradient, or 1/20 of the largest norm of
  /// any parameter, since small gradients are sums of terms of that size. The farthest of all fixtures was at 0.46 of
  /// its limit (AVX-512).
  func disagreements(with result: TwinCase.Result) -> [String] {
    let known = content.member("parameters").members.keys
    let odd = Set(known).symmetricDifference(result.gradients.keys).sorted()
    return (odd.isEmpty ? [] : ["parameters of one side only: \(odd)"])
      + comparisons(with: result).filter { !$0.passes }.sorted { $0.severity > $1.severity }
      .map(\.description)
  }

  private func comparisons(with result: TwinCase.Result) -> [Comparison] {
    var all: [Comparison] = []
    func compare(_ quantity: String, _ found: [Double], _ expected: [Double], scale: Double) {
      all.append(
        Comparison(
          quantity: "the number of \(quantity)", found: Double(found.count),
          expected: Double(expected.count), limit: 0))
      for (index, pair) in zip(found, expected).enumerated() {
        all.append(
          Comparison(
            quantity: "\(quantity)[\(index)]", found: pair.0, expected: pair.1,
            limit: 1e-5 * scale))
      }
    }
    let logits = content.member("logits").numbers
    let largestLogit = logits.reduce(1) { max($0, abs($1)) }
    if let predicted = result.predicted {
      compare("predicted log-odds", predicted, logits, scale: largestLogit)
    }
    compare("log-odds", result.logits, logits, scale: largestLogit)
    let losses = content.member("losses").numbers
    compare("losses", result.losses, losses, scale: losses.reduce(1, max))
    let auxiliary = content.member("auxiliary").members.mapValues(\.number)
    for name in Set(auxiliary.keys).union(result.auxiliary.keys) {
      let expected = auxiliary[name] ?? 0
      compare(name, [result.auxiliary[name] ?? 0], [expected], scale: max(1, abs(expected)))
    }
    let total = content.member("total").number
    compare("total", [result.total], [total], scale: max(1, abs(total)))
    let digests = content.member("parameters").members
      .mapValues { $0.member("gradient").numbers }
    let largest = digests.values.map(Self.norm).reduce(0, max)
    for (name, digest) in digests {
      let found = result.gradients[name].map { Self.digest($0, name: name) }
      compare("d \(name)", found ?? [], digest, scale: max(Self.norm(digest), largest / 20))
    }
    return all
  }

  /// A gradient of up to two elements as it is; of another, the norm and the inner product with a fixed direction, by
  /// which an error in any element shows.
  private static func digest(_ gradient: [Double], name: String) -> [Double] {
    if gradient.count <= 2 { return gradient }
    let direction = TwinCase.hashed("\(name)/direction", count: gradient.count)
    return [norm(gradient), zip(gradient, direction).reduce(0) { $0 + $1.0 * Double($1.1) }]
  }

  private static func norm(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

extension TwinCase {
  /// The case without results, as the twins read it: its settings, the shapes of arrays, and those values of buffers that
  /// have no formula.
  func description() throws -> ConfigurationValue {
    let built = try build()
    let frozen = Set(isOfEvaluation(built) ? [] : Self.frozen(built).map(\.name))
    func shape(_ tensor: Tensor) -> ConfigurationValue {
      .list(tensor.shape.map { .integer($0) })
    }
    let parameters = built.store.parameters.map { parameter in
      var description = ["shape": shape(parameter.value)]
      if frozen.contains(parameter.name) { description["isFrozen"] = .bool(true) }
      return (parameter.name, ConfigurationValue.object(description))
    }
    let buffers = built.store.buffers.map { buffer in
      var description = ["shape": shape(buffer.value)]
      if !Self.hasFormula(buffer) {
        description["values"] = .list(buffer.value.values.map { .number(Double($0)) })
      }
      return (buffer.name, ConfigurationValue.object(description))
    }
    return .object([
      "name": .string(name), "problem": .string(problem.name), "chosen": .object(chosen),
      "settings": .object(try settings()), "epoch": .number(epoch),
      "phase": .string(built.moment.phase), "hasBatchMoments": .bool(hasBatchMoments),
      "parameters": .object(Dictionary(uniqueKeysWithValues: parameters)),
      "buffers": .object(Dictionary(uniqueKeysWithValues: buffers)),
    ])
  }
}

/// Reading fixtures: nothing where the value is something else.
extension ConfigurationValue {
  func member(_ name: String) -> ConfigurationValue { self[name] ?? .null }

  var members: [String: ConfigurationValue] {
    if case .object(let members) = self { members } else { [:] }
  }

  var elements: [ConfigurationValue] {
    if case .list(let elements) = self { elements } else { [] }
  }

  var numbers: [Double] { elements.map(\.number) }

  var number: Double {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: .nan
    }
  }

  var text: String { if case .string(let text) = self { text } else { "" } }
}
