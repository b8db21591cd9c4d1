// Feeds damaged and hostile input to every reader, in child processes, and keeps what breaks one.
//
//     fuzz [--seconds N] [--seed N] [--jobs N] [--failures FOLDER] [TARGET …]
//     fuzz --reproduce TARGET FILE
//
// A reader fails where it traps, hangs, takes too much memory, or accepts input with another meaning.

import Foundation

setvbuf(stdout, nil, _IOLBF, 0)
var arguments = Array(CommandLine.arguments.dropFirst())

func number(after option: String, default value: Int) -> Int {
  guard let index = arguments.firstIndex(of: option) else { return value }
  guard index + 1 < arguments.count, let number = Int(arguments[index + 1]), number >= 0 else {
    complain("\(option) needs a whole number")
  }
  arguments.removeSubrange(index...index + 1)
  return number
}

func text(after option: String) -> String? {
  guard let index = arguments.firstIndex(of: option) else { return nil }
  guard index + 1 < arguments.count else { complain("\(option) needs a value") }
  let text = arguments[index + 1]
  arguments.removeSubrange(index...index + 1)
  return text
}

func complain(_ sentence: String) -> Never {
  FileHandle.standardError.write(Data("fuzz: \(sentence)\n".utf8))
  exit(64)
}

func target(_ name: String) -> FuzzTarget {
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    complain(
      "there is no target '\(name)'; there are "
        + FuzzTarget.all.map(\.name).joined(separator: ", "))
  }
  return target
}

let seconds = number(after: "--seconds", default: 60)
let seed = number(after: "--seed", default: 1)
let jobs = max(1, number(after: "--jobs", default: 1))
let first = number(after: "--first", default: 0)
let failures = text(after: "--failures") ?? "fuzz-failures"

if let name = text(after: "--worker") {
  guard let scratch = text(after: "--scratch") else { complain("--worker needs --scratch") }
  let worker = Worker(
    target: target(name), seed: UInt64(seed), scratch: URL(fileURLWithPath: scratch))
  exit(worker.run(from: first, seconds: Double(seconds)))
}
if let name = text(after: "--reproduce") {
  guard let file = arguments.first, let input = FileManager.default.contents(atPath: file) else {
    complain("--reproduce needs a target and a file")
  }
  exit(Worker.reproduce(target(name), input: Array(input)))
}
let chosen = arguments.isEmpty ? FuzzTarget.all : arguments.map(target)
let campaign = Campaign(
  targets: chosen, seconds: Double(seconds), seed: seed, jobs: jobs, failures: failures)
exit(campaign.run() ? 0 : 1)
