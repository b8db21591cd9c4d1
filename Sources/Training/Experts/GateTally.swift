import Foundation
import TensorCore

/// Sums over the rows of a split of what its gates were observed to do.
struct GateTally {
  private struct Sums {
    var rowCount = 0
    var weights: [Double]
    var selected: [Double]
    var specific: [Double]
    var shared: [Double]
    var hasSets = false
    var entropy = 0.0
  }

  private struct Gate {
    let name: String
    let task: String?
    let expertCount: Int
    var scenarios: [Int: Sums] = [:]
  }

  private let tasks: [String]
  private let scenarioCount: Int
  private let countsWeightsOnly: Bool
  private var gates: [Gate] = []
  private var places: [String: Int] = [:]

  /// Creates empty sums.
  ///
  /// - Parameters:
  ///   - tasks: The names of the tasks.
  ///   - scenarioCount: The number of scenarios that are told apart.
  ///   - countsWeightsOnly: Whether all numbers but mean weights are left out, as 0.
  init(tasks: [String], scenarioCount: Int, countsWeightsOnly: Bool = false) {
    self.tasks = tasks
    self.scenarioCount = scenarioCount
    self.countsWeightsOnly = countsWeightsOnly
  }

  /// Adds the observations of a batch whose rows are all of one scenario, or are not told apart.
  ///
  /// Weights that are not those of rows, and gates with a single expert, do not count.
  mutating func add(_ observations: [Observer.Observation], scenario: Int, rowCount: Int) {
    var uses: [String: Int] = [:]
    for observation in observations {
      let width = observation.value.columnCount
      // A gate may see a part of the rows, if they are of several scenarios.
      let isPart = observation.value.shape.count == 2 && observation.value.rowCount < rowCount
      let rowCount = isPart ? observation.value.rowCount : rowCount
      let (count, rest) = observation.value.rowCount.quotientAndRemainder(
        dividingBy: max(1, rowCount))
      guard width > 1, count > 0, rest == 0 else { continue }
      let isStacked = observation.value.shape.count == 2
      let values = observation.value.values
      for gate in 0..<count {
        var name = observation.name
        if observation.gates.count == count {
          name += "/\(observation.gates[gate])"
        } else if count > 1 {
          name += "/\(gate)"
        }
        // A layer may be passed several times.
        let use = uses[name, default: 0]
        uses[name] = use + 1
        if use > 0 { name += "/\(use)" }
        add(
          to: place(of: name, expertCount: width), scenario, width, rowCount, values,
          row: { isStacked ? gate * rowCount + $0 : $0 * count + gate },
          sets: count == 1 ? observation.sets : nil)
      }
    }
  }

  private mutating func place(of name: String, expertCount: Int) -> Int {
    if let place = places[name] { return place }
    let task = name.split(separator: "/").last { tasks.contains(String($0)) }
    gates.append(Gate(name: name, task: task.map(String.init), expertCount: expertCount))
    places[name] = gates.count - 1
    return gates.count - 1
  }

  private mutating func add(
    to place: Int, _ scenario: Int, _ n: Int, _ rowCount: Int, _ values: [Float],
    row: (Int) -> Int, sets: [UInt8]?
  ) {
    guard gates[place].expertCount == n else { return }
    let zeros = [Double](repeating: 0, count: n)
    var sums =
      gates[place].scenarios.removeValue(forKey: scenario)
      ?? Sums(weights: zeros, selected: zeros, specific: zeros, shared: zeros)
    sums.rowCount += rowCount
    sums.hasSets = sets != nil && !countsWeightsOnly
    if countsWeightsOnly {
      for index in 0..<rowCount {
        let start = row(index) * n
        for k in 0..<n { sums.weights[k] += Double(values[start + k]) }
      }
      gates[place].scenarios[scenario] = sums
      return
    }
    for index in 0..<rowCount {
      let start = row(index) * n
      for k in 0..<n {
        let w = Double(values[start + k])
        guard w > 0 else { continue }
        sums.weights[k] += w
        sums.selected[k] += 1
        sums.entropy -= w * log(w)
      }
      guard let sets else { continue }
      for k in 0..<n {
        if sets[start + k] & 1 != 0 { sums.specific[k] += 1 }
        if sets[start + k] & 2 != 0 { sums.shared[k] += 1 }
      }
    }
    gates[place].scenarios[scenario] = sums
  }

  /// The use of every gate, in the order of their first observation.
  var uses: [GateUse] {
    gates.map { gate in
      GateUse(
        name: gate.name, task: gate.task, expertCount: gate.expertCount,
        cells: (0..<scenarioCount).map { scenario in
          gate.scenarios[scenario].map { sums in
            func mean(_ sums: [Double], of count: Int) -> [Double] {
              sums.map { $0 / Double(count) }
            }
            return GateUse.Cell(
              rowCount: sums.rowCount, weights: mean(sums.weights, of: sums.rowCount),
              selected: mean(sums.selected, of: sums.rowCount),
              specific: sums.hasSets ? mean(sums.specific, of: sums.rowCount) : nil,
              shared: sums.hasSets ? mean(sums.shared, of: sums.rowCount) : nil,
              entropy: sums.entropy / Double(sums.rowCount) / log(Double(gate.expertCount)))
          }
        })
    }
  }
}
