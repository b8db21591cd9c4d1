import Configuration
import Foundation
import TestKit
import Testing

// Internal: CRC32C.
@testable import Training

@Suite struct CurveTests {
  @Test func curvesSurviveBeingWrittenAndRead() throws {
    try withTemporaryPath { folder in
      let outcome = try #require(try toySession().run().outcome)
      try CurveFile.write(outcome.curve, to: folder + "/curves.jsonl")
      #expect(try CurveFile.read(folder + "/curves.jsonl") == outcome.curve)
      let text = try String(contentsOfFile: folder + "/curves.jsonl", encoding: .utf8)
      let lines = text.split(separator: "\n")
      #expect(lines.count == 3)
      #expect(lines[0].contains("\"biasNorm\"") && lines[0].contains("\"auc/macro\":0."))
    }
  }

  @Test func curvesShowTheWatchedMetricBesideTheUsualOnes() throws {
    let usual: Set = ["auc", "gauc", "logLoss", "copc", "ece"]
    for (monitor, watched) in [("auc/macro", []), ("ndcg@10/click", ["ndcg@10/click"])] {
      let outcome = try #require(try toySession(["monitor": .string(monitor)]).run().outcome)
      let names = try #require(outcome.curve.last).validation.map(\.name)
      #expect(Set(names.map(\.metric.id)).isSuperset(of: usual))
      #expect(names.filter { !usual.contains($0.metric.id) }.map(\.description) == watched)
      let best = outcome.curve.first { $0.step == outcome.bestStep }
      #expect(best?.value(of: outcome.monitor) == outcome.bestValue)
      #expect(try outcome.validation.value(outcome.monitor) == outcome.bestValue)
      #expect(metricCatalog.allSatisfy { outcome.validation.has($0) })
    }
  }

  @Test func aBrokenLineIsNamed() throws {
    try withTemporaryPath { folder in
      let path = folder + "/curves.jsonl"
      try Data("{\"step\":1}\n".utf8).write(to: URL(fileURLWithPath: path))
      #expect(
        sentence { _ = try CurveFile.read(path) } == "\(path):1: lacks the key 'validation'")
    }
  }

  @Test func curvePointsHoldMeansSinceTheEvaluationBefore() throws {
    var losses: [LossTerms] = []
    let outcome = try #require(
      try toySession(["epochs": .integer(2)]).run(observer: { event in
        if case .step(let report) = event { losses.append(report.loss) }
      }).outcome)
    for (point, steps) in zip(outcome.curve, [losses[..<5], losses[5...]]) {
      let mean = steps.map(\.total).reduce(0, +) / 5
      #expect(abs(point.loss.total - mean) < 1e-12)
      #expect(point.loss.auxiliary.map(\.name) == ["biasNorm"])
    }
    let first = try #require(losses.first)
    let parts = first.crossEntropy + 0.01 * first.auxiliary[0].value
    #expect(abs(first.total - parts) < 1e-6)
  }

  @Test func eventFilesAreRecordsWithMaskedChecks() throws {
    try withTemporaryPath { folder in
      let outcome = try #require(try toySession().run().outcome)
      let writer = try TensorBoardWriter(folder: folder, step: 5)
      for point in outcome.curve { try writer.write(point) }
      let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
      #expect(name.contains("tfevents"))
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
      let records = try self.records(bytes)
      #expect(records.count == 5)
      #expect(Array(records[0].suffix(13)) == Array("brain.Event:2".utf8))
      let text = String(decoding: records[2], as: UTF8.self)
      #expect(text.contains("validation/auc/click/pooled") && text.contains("loss/total"))
    }
  }

  @Test func aMissingFolderIsNamed() throws {
    let text = try #require(sentence { _ = try TensorBoardWriter(folder: "/nonexistent") })
    #expect(text.hasPrefix("cannot write '/nonexistent/events.out.tfevents."))
    #expect(text.hasSuffix("': No such file or directory"))
  }

  private func records(_ bytes: [UInt8]) throws -> [[UInt8]] {
    func number(_ range: Range<Int>) -> UInt64 {
      bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    func check(_ range: Range<Int>) -> UInt64 {
      let crc = CRC32C(of: Array(bytes[range])).value
      return UInt64((crc >> 15 | crc << 17) &+ 0xa282_ead8)
    }
    var records: [[UInt8]] = []
    var at = 0
    while at < bytes.count {
      let body = at + 12..<at + 12 + Int(number(at..<at + 8))
      guard number(at + 8..<at + 12) == check(at..<at + 8),
        number(body.upperBound..<body.upperBound + 4) == check(body)
      else { throw Diagnostic("a check is wrong at byte \(at)") }
      records.append(Array(bytes[body]))
      at = body.upperBound + 4
    }
    return records
  }
}
