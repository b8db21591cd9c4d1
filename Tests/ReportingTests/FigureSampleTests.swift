import Foundation
import Reporting
import TestKit
import Testing

/// The folder `figures` holds the image and the data of every sample.
///
/// Setting `AESM2_UPDATE_GOLDEN` writes them anew; look at what changed, as pictures too.
@Suite struct FigureSampleTests {
  private static let folder = FixtureFolder.path("figures")

  @Test(arguments: figureSamples.map(\.name))
  func imageAndDataAreTheCommittedOnes(name: String) throws {
    let figure = try #require(figureSamples.first { $0.name == name }?.figure)
    let files = [
      ("svg", try #require(figure.drawing()).svg),
      ("csv", figure.data.map { $0.joined(separator: ",") + "\n" }.joined()),
    ]
    for (kind, text) in files {
      let path = "\(Self.folder)/\(name).\(kind)"
      if ProcessInfo.processInfo.environment["AESM2_UPDATE_GOLDEN"] != nil {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
      }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "\(path)")
    }
  }

  @Test(arguments: figureSamples.map(\.name))
  func imagesHaveATitleADescriptionAndNumbersOnly(name: String) throws {
    let figure = try #require(figureSamples.first { $0.name == name }?.figure)
    let svg = try #require(figure.drawing()).svg
    #expect(svg.contains("role=\"img\" aria-labelledby=\"figure-title figure-desc\""))
    #expect(
      svg.contains("<title id=\"figure-title\">") && svg.contains("<desc id=\"figure-desc\">"))
    #expect(!svg.contains("nan") && !svg.contains("inf\""))
    #expect(Set(figure.data.map(\.count)).count == 1, "the data have lines of different lengths")
  }

  /// A label must not leave the image: each text ends inside, by the approximate width of letters.
  @Test(arguments: figureSamples.map(\.name))
  func textsLieInTheImage(name: String) throws {
    let drawing = try #require(figureSamples.first { $0.name == name }?.figure.drawing())
    for line in drawing.svg.split(separator: "\n") where line.hasPrefix("<text x=") {
      let fields = line.split(separator: "\"").map(String.init)
      let (x, y) = (try #require(Double(fields[1])), try #require(Double(fields[3])))
      let text = line.split(separator: ">")[1].split(separator: "<")[0]
      let width = 6 * Double(text.count)
      let share = line.contains("\"end\"") ? 1.0 : line.contains("\"middle\"") ? 0.5 : 0
      #expect(x - share * width > -12 && x + (1 - share) * width < drawing.width + 12, "\(line)")
      #expect(y > 0 && y <= drawing.height, "\(line)")
    }
  }

  // MARK: - Looks

  /// Linear red, green and blue of a color such as `#0a5a8c`.
  private func linear(_ color: Substring) throws -> [Double] {
    let value = try #require(Int(color.dropFirst(), radix: 16))
    return [16, 8, 0].map { shift in
      let part = Double((value >> shift) & 255) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
  }

  private func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
    matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// The colors of both schemes by name.
  private func schemes() throws -> [[String: [Double]]] {
    try Ink.styleSheet.split(separator: "\n").filter { $0.contains(":root{") }.map { root in
      let start = try #require(root.range(of: ":root{")).upperBound
      return try Dictionary(
        uniqueKeysWithValues: root[start...].prefix { $0 != "}" }.split(separator: ";").map {
          let pair = $0.split(separator: ":")
          return (String(pair[0]), try linear(pair[1]))
        })
    }
  }

  @Test func colorsContrastWithThePaperInBothSchemes() throws {
    let schemes = try schemes()
    #expect(schemes.count == 2)
    for colors in schemes {
      func luminance(_ color: [Double]) -> Double {
        product([[0.2126, 0.7152, 0.0722]], color)[0]
      }
      let paper = luminance(try #require(colors["--paper"]))
      for (name, color) in colors where !["--paper", "--rule"].contains(name) {
        let own = luminance(color)
        let contrast = (max(own, paper) + 0.05) / (min(own, paper) + 0.05)
        #expect(contrast >= (name.hasPrefix("--s") ? 3 : 4.5), "\(name), paper \(paper)")
      }
    }
  }

  /// Sight with all cones, and without red, green and blue ones (Machado and others, 2009, severity 1).
  private static let visions: [[[Double]]] = [
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    [
      [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    [
      [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
      [-0.01182, 0.04294, 0.968881],
    ],
    [
      [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.3039],
    ],
  ]

  private func lab(_ color: [Double]) -> [Double] {
    let xyz = product(
      [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]],
      color.map { min(1, max(0, $0)) })
    let f = zip(xyz, [0.9505, 1, 1.089]).map { value, white in
      value / white > 0.008856 ? cbrt(value / white) : 7.787 * value / white + 16 / 116
    }
    return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
  }

  @Test func colorsOfRowsStayApartForAnyColorVision() throws {
    for colors in try schemes() {
      let rows = (0..<Ink.seriesCount).compactMap { colors["--s\($0)"] }
      #expect(rows.count == 8)
      for vision in Self.visions {
        let seen = rows.map { lab(product(vision, $0)) }
        for a in seen.indices {
          for b in seen.indices.dropFirst(a + 1) {
            let distance = zip(seen[a], seen[b]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            #expect(distance.squareRoot() > 13, "\(a) and \(b)")
          }
        }
      }
    }
  }

  @Test func rowsDifferInColorDashAndMarker() {
    let first = (0..<8).map { Series($0) }
    #expect(Set(first.map(\.ink.color)).count == 8)
    #expect(Set(first.map(\.dash)).count == 8)
    #expect(Set(first.map(\.marker)).count == 8)
    let looks = (0..<64).map { Series($0) }.map { "\($0.ink.color) \($0.dash) \($0.marker)" }
    #expect(Set(looks).count == 64)
  }

  // MARK: - What is computed

  @Test(arguments: [true, false])
  func theFrontHasTheRowsThatNoOtherDominates(higherIsBetter: Bool) {
    let sign = higherIsBetter ? 1.0 : -1
    let plot = CostPlot(
      title: "t", costLabel: "c", qualityLabel: "q", higherIsBetter: higherIsBetter,
      marks: [(3.0, 0.9), (1, 0.5), (2, 0.4), (2, 0.7), (3, 0.9), (4, 0.9)].map {
        .init(label: "\($0)", cost: $0.0, quality: sign * $0.1, interval: nil)
      })
    #expect(plot.front == [1, 3, 0, 4])
    #expect(plot.data.map(\.last) == ["front", "yes", "yes", "no", "yes", "yes", "no"])
  }

  @Test func cliquesOfRowsThatDoNotExistAreLeftOut() {
    let diagram = CriticalDifferenceDiagram(
      title: "t", marks: [.init(label: "a", rank: 1), .init(label: "b", rank: 2)],
      cliques: [[0], [0, 1], [1, 2], []])
    #expect(diagram.cliques == [[0, 1]])
  }

  @Test func aCriticalDifferenceIsDrawnInFull() throws {
    for difference in [0.5, 1.9, 2, 7] {
      let diagram = CriticalDifferenceDiagram(
        title: "t",
        marks: [("a", 1.2), ("b", 1.8), ("c", 3.0)].map { .init(label: $0.0, rank: $0.1) },
        criticalDifference: difference, cliques: [])
      let drawing = try #require(diagram.drawing())
      // The bar, and the places of ranks on the axis.
      let bar = try #require(drawing.svg.firstMatch(of: /points="150,54 ([0-9.]+),54"/))
      let one = try #require(drawing.svg.firstMatch(of: /<text x="([0-9.]+)" y="82"[^>]*>1</))
      let two = try #require(drawing.svg.firstMatch(of: /<text x="([0-9.]+)" y="82"[^>]*>2</))
      let (begin, next) = (try #require(Double(one.1)), try #require(Double(two.1)))
      let end = try #require(Double(bar.1))
      #expect(begin == 150 && end <= drawing.width - 150)
      #expect(abs(end - begin - difference * (next - begin)) < 0.1)
    }
  }

  @Test func theLineOfATrialWithoutASettingIsBroken() throws {
    let figure = ParallelCoordinates(
      title: "t",
      dimensions: ["a", "b", "c"].map { .init(label: $0, scale: .linear) }, scoreLabel: "s",
      higherIsBetter: true,
      trials: [
        .init(label: "whole", values: [0, 1, 2], score: 1, isChosen: false),
        .init(label: "without b", values: [0, nil, 2], score: 2, isChosen: false),
        .init(label: "without c", values: [0, 1, nil], score: 3, isChosen: false),
      ])
    let svg = try #require(figure.drawing()).svg
    func pieces(_ label: String) -> [Int] {
      svg.split(separator: "\n").filter { $0.contains("<title>\(label): s ") }.map { line in
        line.split(separator: "\"")[1].split(separator: " ").count
      }
    }
    #expect(pieces("whole") == [4])
    // A value without neighbors is a dash, which has two ends.
    #expect(pieces("without b") == [2, 2] && pieces("without c") == [2, 2])
  }

  @Test func ticksOfAnAxisHaveDifferentLabels() {
    let ends: [(Double, Double)] = [
      (1.24e6, 1.40e6), (0, 1), (0.7, 0.72), (9990, 10_010), (9.9e5, 1.01e6), (1e6, 1_000_001),
      (123_456, 123_457), (-1.4e6, -1.24e6), (0, 5e-5), (9e-5, 9.1e-5), (1e12, 1.1e12),
      (9.99e14, 1.001e15), (1e9, 1.0001e9), (0, 4e4), (5e5, 2.5e6), (7, 7), (1e7, 1e7),
    ]
    for (low, high) in ends {
      for axis in [Axis.linear(from: low, to: high), .linear(from: low, to: high, count: 12)] {
        let labels = axis.ticks.map(\.label)
        #expect(labels.count > 1 && Set(labels).count == labels.count, "\(labels)")
      }
      let tight = Axis.linear(from: low, to: high, count: 2, isTight: true)
      let labels = tight.ticks.map(\.label)
      #expect((labels.count > 1 || low == high) && Set(labels).count == labels.count, "\(labels)")
      #expect(tight.ticks.allSatisfy { (tight.low...tight.high).contains($0.value) })
      guard low > 0 else { continue }
      let logarithmic = Axis.logarithmic(from: low, to: high).ticks.map(\.label)
      #expect(Set(logarithmic).count == logarithmic.count, "\(logarithmic)")
    }
    #expect(
      Axis.linear(from: 0.512, to: 0.688, count: 2, isTight: true).ticks.map(\.label)
        == ["0.55", "0.65"])
    for extreme in [Double.greatestFiniteMagnitude, .infinity, .nan] {
      let axis = Axis.linear(from: -extreme, to: extreme, count: 2, isTight: true)
      #expect(axis.low < axis.high)
    }
    #expect(
      Axis.linear(from: 1.24e6, to: 1.4e6).ticks.map(\.label)
        == ["1.2M", "1.25M", "1.3M", "1.35M", "1.4M"])
    #expect(Axis.linear(from: 0, to: 4e4).ticks.map(\.label) == ["0", "10k", "20k", "30k", "40k"])
  }

  @Test func tipsHaveTheExactCost() throws {
    let plot = CostPlot(
      title: "t", costLabel: "parameters", qualityLabel: "q", higherIsBetter: true,
      marks: [.init(label: "a", cost: 1_234_567, quality: 1, interval: nil)])
    #expect(try #require(plot.drawing()).svg.contains("parameters 1234567</title>"))
  }

  @Test(arguments: [[1_465_354, 1_465_354], [421_668.078, 421_668.0782], [0, 0]])
  func nearlyEqualCostsHaveShortLabels(costs: [Double]) throws {
    let plot = CostPlot(
      title: "t", costLabel: "c", qualityLabel: "q", higherIsBetter: true,
      marks: costs.enumerated().map {
        .init(label: "row \($0)", cost: $1, quality: Double($0), interval: nil)
      })
    let svg = try #require(plot.drawing()).svg
    let labels = svg.matches(of: #/>([0-9.]+[kM]?)</text>/#).map(\.1)
    #expect(labels.count > 4 && labels.allSatisfy { $0.count <= 6 }, "\(labels)")
  }

  // MARK: - Inputs of any size

  @Test func figuresWithoutNumbersAreNotDrawn() {
    #expect(LineChart(title: "", xLabel: "", yLabel: "", lines: []).drawing() == nil)
    #expect(IntervalPlot(title: "", valueLabel: "", rows: ["a"], groups: []).drawing() == nil)
    #expect(
      HeatMap(
        title: "", rowLabel: "", columnLabel: "", rows: ["a"], columns: ["b"], values: [[nil]],
        scale: .sequential(0...1), digits: 1
      ).drawing() == nil)
    #expect(
      CriticalDifferenceDiagram(title: "", marks: [], cliques: []).drawing() == nil)
    #expect(
      CostPlot(title: "", costLabel: "", qualityLabel: "", higherIsBetter: true, marks: [])
        .drawing() == nil)
    #expect(
      ParallelCoordinates(
        title: "", dimensions: [], scoreLabel: "", higherIsBetter: true,
        trials: [.init(label: "", values: [], score: 1, isChosen: true)]
      ).drawing() == nil)
  }

  @Test(arguments: [
    [0.0, 0], [-1e308, 1e308], [1e-308, 2e-308], [.leastNonzeroMagnitude, 1.7e308], [1e-9, 1e9],
    [1, 1],
  ])
  func numbersOfAnySizeAreDrawn(values: [Double]) throws {
    let (a, b) = (values[0], values[1])
    let figures: [any Figure] = [
      LineChart(
        title: "t", xLabel: "x", yLabel: "y",
        lines: [.init(label: "l", points: values.map { .init(x: $0, y: $0, low: a, high: b) })],
        isLogarithmic: true),
      IntervalPlot(
        title: "t", valueLabel: "v", rows: ["r"],
        groups: [.init(label: "g", marks: [.init(row: 0, value: a, interval: a...b)], ceiling: b)]),
      HeatMap(
        title: "t", rowLabel: "r", columnLabel: "c", rows: ["r"], columns: ["a", "b"],
        values: [values], scale: .diverging(bound: max(abs(a), abs(b)), higherIsBetter: false),
        digits: 4),
      CostPlot(
        title: "t", costLabel: "c", qualityLabel: "q", higherIsBetter: false,
        marks: values.map { .init(label: "m", cost: $0, quality: $0, interval: a...b) }),
      ParallelCoordinates(
        title: "t", dimensions: [.init(label: "d", scale: .logarithmic)], scoreLabel: "s",
        higherIsBetter: true,
        trials: values.map { .init(label: "t", values: [$0], score: $0, isChosen: false) }),
    ]
    for figure in figures {
      let svg = try #require(figure.drawing()).svg
      for element in svg.split(separator: "\n") where !element.hasPrefix("<t") {
        #expect(!element.contains("nan") && !element.contains("inf"), "\(element)")
      }
      #expect(svg.count < 100_000)
    }
  }

  @Test func namesAreNotMarkup() throws {
    let name = "</text><script>alert(1)</script> & \"x\"\u{1b}"
    let svg = try #require(
      CostPlot(
        title: name, costLabel: name, qualityLabel: name, higherIsBetter: true,
        marks: [.init(label: name, cost: 1, quality: 1, interval: nil)]
      ).drawing()
    ).svg
    #expect(!svg.contains("<script") && !svg.unicodeScalars.contains("\u{1b}"))
    #expect(svg.contains("data-row=\"&lt;/text&gt;&lt;script&gt;alert(1)"))
  }
}
