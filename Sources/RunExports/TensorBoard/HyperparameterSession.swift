import Configuration
import Experiments
import Training

/// The values of summaries from which TensorBoard's HParams tab takes its columns, the settings of a
/// run and how it ended.
///
/// They are messages of the plugin `hparams` (tensorboard/plugins/hparams/plugin_data.proto), which
/// are metadata of a value: the version, and at field 2 the experiment, at field 3 the start or at
/// field 4 the end of a session. Settings are a `google.protobuf.Value`: a number, a text or a truth
/// value.
enum HyperparameterSession {
  /// Returns the experiment: the columns for what differs between runs, and for some metrics.
  static func experiment(of runs: [StoredRun], metrics: [String]) -> ProtocolBuffer {
    var experiment = ProtocolBuffer()
    var columns: [String: [ConfigurationValue]] = [:]
    for (name, value) in runs.flatMap(\.hyperparameters)
    where columns[name]?.contains(value) != true {
      columns[name, default: []].append(value)
    }
    let identity = ["model", "seed"]
    let others = columns.filter { $0.value.count > 1 && !identity.contains($0.key) }.keys.sorted()
    for name in identity + others {
      var column = ProtocolBuffer()
      column.append(1, text: name)
      column.append(4, varint: type(of: columns[name] ?? []))
      experiment.append(4, message: column)
    }
    for tag in metrics {
      var name = ProtocolBuffer()
      name.append(2, text: tag)
      var column = ProtocolBuffer()
      column.append(1, message: name)
      experiment.append(5, message: column)
    }
    return value("_hparams_/experiment", field: 2, experiment)
  }

  /// Returns the plugin's number for the type of some values: text (1), truth value (2) or
  /// number (3).
  private static func type(of values: [ConfigurationValue]) -> UInt64 {
    if values.allSatisfy({ Bool(configuration: $0) != nil }) { return 2 }
    return values.allSatisfy { Double(configuration: $0) != nil } ? 3 : 1
  }

  /// Returns the start of a run's session, with its settings.
  static func start(of run: StoredRun, at time: Double) -> ProtocolBuffer {
    var start = ProtocolBuffer()
    for (name, value) in run.hyperparameters {
      var entry = ProtocolBuffer()
      entry.append(1, text: name)
      entry.append(2, message: message(of: value))
      start.append(1, message: entry)
    }
    start.append(4, text: run.folderName)
    start.append(5, double: time)
    return value("_hparams_/session_start_info", field: 3, start)
  }

  /// Returns the end of a run's session, with its status: unknown for a trial that was not trained
  /// to its end.
  static func end(of run: StoredRun, at time: Double) -> ProtocolBuffer {
    let (unknown, success, failure): (UInt64, UInt64, UInt64) = (0, 1, 2)
    let isFailed = run.outcome?.failure != nil
    let status = run.record != nil ? success : isFailed ? failure : unknown
    var end = ProtocolBuffer()
    end.append(1, varint: status)
    end.append(2, double: time)
    return value("_hparams_/session_end_info", field: 4, end)
  }

  private static func value(_ tag: String, field: Int, _ session: ProtocolBuffer)
    -> ProtocolBuffer
  {
    var content = ProtocolBuffer()
    content.append(1, varint: 0)
    content.append(field, message: session)
    var plugin = ProtocolBuffer()
    plugin.append(1, text: "hparams")
    plugin.append(2, message: content)
    var metadata = ProtocolBuffer()
    metadata.append(1, message: plugin)
    var value = ProtocolBuffer()
    value.append(1, text: tag)
    value.append(9, message: metadata)
    return value
  }

  private static func message(of value: ConfigurationValue) -> ProtocolBuffer {
    var message = ProtocolBuffer()
    switch value {
    case .bool(let flag): message.append(4, varint: flag ? 1 : 0)
    case .integer(let number): message.append(2, double: Double(number))
    case .number(let number): message.append(2, double: number)
    default: message.append(3, text: value.plainText)
    }
    return message
  }
}
