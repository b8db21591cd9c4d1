import Configuration
import Ranking

/// Successive halving: the trials of a round are trained to the first rung, the best of them to the
/// next, and so on.
///
/// With n trials, ⌊n / eta^k⌋ of them, but at least one, are trained beyond the k-th rung, k = 1, 2,
/// …: the best by their score at that rung, the earlier one in a tie. All trials of a rung are
/// waited for. Trials without a score do not continue.
///
/// Source: Jamieson and Talwalkar, AISTATS 2016, with the rungs of Li et al., JMLR 2018.
struct SuccessiveHalving: TrialScheduler {
  typealias Hyperparameters = RungOptions

  static let card = MethodCard(
    id: "successive-halving", title: "Successive halving",
    paper: "Jamieson and Talwalkar, Non-stochastic best arm identification and hyperparameter "
      + "optimization, AISTATS 2016",
    deviations: [
      "A trial continues from its checkpoint; the last rung is all epochs, so its ratio to the one "
        + "before may be below eta."
    ])

  private let rungs: [Int]
  private let eta: Int

  init(_ hyperparameters: Hyperparameters, epochs: Int) {
    rungs = hyperparameters.rungs(epochs: epochs)
    eta = hyperparameters.eta
  }

  func verdicts(on trials: [TrialCurve]) -> [TrialVerdict] {
    trials.rounds.flatMap { trials.halved(Array($0), at: rungs, eta: eta) }
  }
}

/// The rungs of a scheduler: the numbers of epochs after which trials are compared.
///
/// They are r, r · eta, r · eta², … with r = `minimumEpochs`, as far as they are below the number of
/// epochs of a trial, which is the last rung.
struct RungOptions: HyperparameterSet {
  @Setting("The factor between rungs; one trial in eta continues at each.", in: 2...100)
  var eta = 3
  @Setting("Epochs of the first rung.", in: 1...100_000)
  var minimumEpochs = 1

  func rungs(epochs: Int) -> [Int] {
    var rungs: [Int] = []
    var next = minimumEpochs
    while next < epochs {
      rungs.append(next)
      next *= eta
    }
    return rungs + [epochs]
  }
}

extension [TrialCurve] {
  /// Returns the verdicts of successive halving on some trials, in their order.
  func halved(_ group: [Int], at rungs: some BidirectionalCollection<Int>, eta: Int)
    -> [TrialVerdict]
  {
    var verdicts: [Int: TrialVerdict] = [:]
    var survivors = group
    var count = group.count
    for rung in rungs {
      for trial in survivors { verdicts[trial] = .train(epochs: rung) }
      guard rung != rungs.last, survivors.allSatisfy({ self[$0].isKnown(after: rung) }) else {
        break
      }
      count /= eta
      let ranking = survivors.filter { self[$0].score(after: rung) != nil }
        .sorted { isAhead($0, of: $1, after: rung) }
      for trial in survivors { verdicts[trial] = .prune(after: rung) }
      survivors = Array<Int>(ranking.prefix(Swift.max(1, count)))
    }
    return group.compactMap { verdicts[$0] }
  }
}
