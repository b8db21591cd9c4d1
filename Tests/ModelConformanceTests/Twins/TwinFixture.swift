import Configuration
import Foundation
import Ranking
import TensorCore
import TestKit

/// What the PyTorch twin of a case makes of its rows: `Tests/Fixtures/models`, written by
/// `Tests/Fixtures/make/models.py`.
struct TwinFixture {
  /// The case and its results, as in the file.
  var content: ConfigurationValue

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  static func path(of model: String) -> String { FixtureFolder.path("models/\(model).json") }

  /// The fixtures of a model by the names of their cases; none without a file.
  static func all(of model: String) throws -> [String: TwinFixture] {
    let path = path(of: model)
    guard FileManager.default.fileExists(atPath: path) else { return [:] }
    let file = try ConfigurationValue(json: String(contentsOfFile: path, encoding: .utf8))
    return Dictionary(
      file.member("cases").elements.map {
        ($0.member("name").text, TwinFixture(content: $0))
      }, uniquingKeysWith: { $1 })
  }

  /// Everything in which a result differs from the twin's, each beyond its limit.
  ///
  /// Ours is in `Float`, the twin in `Double`; a limit is 1e-5 of the scale of what is compared: the largest of 1 and
  /// the log-odds of the case; 1 and the loss; the norm of a parameter's gradient, but at least 1/20 of the largest
  /// norm among all parameters, since the sums of small gradients have terms of that size.
  func disagreements(with result: TwinCase.Result) -> [String] {
    let comparisons = comparisons(with: result)
    var sentences = comparisons.filter { !$0.passes }.sorted { $0.severity > $1.severity }
      .map(\.description)
    let expected = content.member("parameters").members
    let odd = Set(expected.keys).symmetricDifference(result.gradients.keys)
    if !odd.isEmpty { sentences.append("parameters of one side only: \(odd.sorted())") }
    return sentences
  }

  func comparisons(with result: TwinCase.Result) -> [Comparison] {
    let relative = 1e-5
    let logits = content.member("logits").numbers
    let scale = logits.reduce(1) { max($0, abs($1)) }
    var all: [Comparison] = []
    func compare(_ quantity: String, _ found: [Double], _ expected: [Double], scale: Double) {
      guard found.count == expected.count else {
        all.append(
          Comparison(
            quantity: "the number of \(quantity)", found: Double(found.count),
            expected: Double(expected.count), limit: 0))
        return
      }
      for (index, pair) in zip(found, expected).enumerated() {
        all.append(
          Comparison(
            quantity: "\(quantity)[\(index)]", found: pair.0, expected: pair.1,
            limit: relative * scale))
      }
    }
    if let predicted = result.predicted {
      compare("log-odds of a prediction", predicted, logits, scale: scale)
    }
    compare("log-odds", result.logits, logits, scale: scale)
    let losses = content.member("losses").numbers
    compare("losses", result.losses, losses, scale: losses.reduce(1, max))
    let auxiliary = content.member("auxiliary").members.mapValues(\.number)
    for name in Set(auxiliary.keys).union(result.auxiliary.keys) {
      let expected = auxiliary[name] ?? 0
      compare(name, [result.auxiliary[name] ?? 0], [expected], scale: max(1, abs(expected)))
    }
    let total = content.member("total").number
    compare("total", [result.total], [total], scale: max(1, abs(total)))
    let expected = content.member("parameters").members
      .mapValues { $0.member("gradient").numbers }
    let largest = expected.values.reduce(0) { max($0, $1.first.map(abs) ?? 0) }
    for (name, digest) in expected {
      guard let gradient = result.gradients[name] else { continue }
      compare(
        "d \(name)", Self.digest(gradient, name: name), digest,
        scale: max(Self.norm(digest), largest / 20))
    }
    return all
  }

  /// A gradient of up to two elements as it is; of another, the norm and the inner product with a fixed direction, by
  /// which an error in any element shows.
  static func digest(_ gradient: [Double], name: String) -> [Double] {
    if gradient.count <= 2 { return gradient }
    let direction = TwinCase.hashed("\(name)/direction", count: gradient.count)
    return [norm(gradient), zip(gradient, direction).reduce(0) { $0 + $1.0 * Double($1.1) }]
  }

  private static func norm(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

extension TwinCase {
  /// The case without results, as the twins read it: settings, shapes, and buffers that have no formula.
  func description() throws -> ConfigurationValue {
    let built = try build()
    func shape(_ sizes: [Int]) -> [String: ConfigurationValue] {
      ["shape": .list(sizes.map { .integer($0) })]
    }
    let frozen = Set(
      isOfEvaluation(built) ? [] : Self.frozen(built).map(\.name))
    func parameter(_ parameter: Parameter) -> ConfigurationValue {
      var description = shape(parameter.value.shape)
      if frozen.contains(parameter.name) { description["isFrozen"] = .bool(true) }
      return .object(description)
    }
    return .object([
      "name": .string(name), "problem": .string(problem.name),
      "settings": .object(try settings()), "epoch": .number(epoch),
      "phase": .string(built.moment.phase), "hasBatchMoments": .bool(hasBatchMoments),
      "parameters": .object(
        Dictionary(
          uniqueKeysWithValues: built.store.parameters.map {
            ($0.name, parameter($0))
          })),
      "buffers": .object(
        Dictionary(
          uniqueKeysWithValues: built.store.buffers.map { buffer in
            var description = shape(buffer.value.shape)
            if !Self.hasFormula(buffer) {
              description["values"] = .list(buffer.value.values.map { .number(Double($0)) })
            }
            return (buffer.name, .object(description))
          })),
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
