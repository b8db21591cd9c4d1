import Configuration
import Foundation

/// A tracking server of MLflow, over its REST interface (`/api/2.0/mlflow`).
struct MLflowServer {
  /// The most metrics that a request may have.
  static let metricLimit = 1000
  /// The most parameters, and the most tags, that a request may have.
  static let parameterLimit = 100

  private let address: String
  private let curl: Curl

  /// Creates the connection; nothing is sent.
  ///
  /// - Throws: ``Diagnostic`` if the address is not one of HTTP, or curl is not installed.
  init(at address: String) throws {
    guard address.hasPrefix("http://") || address.hasPrefix("https://"),
      let url = URL(string: address), url.host?.isEmpty == false, url.query == nil
    else {
      throw Diagnostic(
        "'\(excerpt(address))' is not the address of an MLflow server, such as "
          + "http://127.0.0.1:5000")
    }
    self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
    curl = try Curl()
  }

  /// Calls a function of the interface.
  ///
  /// - Throws: ``Diagnostic`` with the server's message if it refuses.
  @discardableResult
  func call(_ method: String, _ function: String, _ members: [String: ConfigurationValue])
    throws -> ConfigurationValue
  {
    let url = "\(address)/api/2.0/mlflow/\(function)"
    let answer = try curl.send(method, url, members.isEmpty ? .none : .json(.object(members)))
    guard answer.status == 200 else { throw refusal(answer, of: url) }
    return try locating("\(url): the answer") { try ConfigurationValue(json: answer.body) }
  }

  /// Returns the id of the experiment with a name, which is created if there is none.
  ///
  /// - Throws: ``Diagnostic``.
  func experiment(named name: String) throws -> String {
    let url = "\(address)/api/2.0/mlflow/experiments/create"
    let created = try curl.send("POST", url, .json(.object(["name": .string(name)])))
    if created.status == 200 {
      return try locating(url) {
        try ConfigurationFields(ConfigurationValue(json: created.body))("experiment_id")
      }
    }
    guard created.body.contains("RESOURCE_ALREADY_EXISTS") else { throw refusal(created, of: url) }
    let escaped = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
    let found = try call("GET", "experiments/get-by-name?experiment_name=\(escaped)", [:])
    return try locating("experiments/get-by-name") {
      let experiment = try ConfigurationFields(
        try ConfigurationFields(found).value("experiment"))
      guard try experiment("lifecycle_stage", String.self) == "active" else {
        throw Diagnostic(
          "the experiment '\(excerpt(name))' was deleted from the server: restore it or give "
            + "another name")
      }
      return try experiment("experiment_id")
    }
  }

  /// Uploads a file to the artifacts of a run.
  ///
  /// - Parameter root: The address of the run's artifacts, as the server gave it.
  /// - Returns: Whether the server takes artifacts; if not, clients are to write them to another
  ///   place by themselves.
  /// - Throws: ``Diagnostic`` if it refuses the file.
  func upload(_ path: String, as name: String, to root: String) throws -> Bool {
    guard root.hasPrefix("mlflow-artifacts:"), let start = root.firstIndex(of: ":") else {
      return false
    }
    // The address may repeat the server: mlflow-artifacts://HOST/PATH.
    var rest = root[root.index(after: start)...]
    if rest.hasPrefix("//") { rest = rest.dropFirst(2).drop { $0 != "/" } }
    let place = rest.drop { $0 == "/" }
    let url = "\(address)/api/2.0/mlflow-artifacts/artifacts/\(place)/\(name)"
    let answer = try curl.send("PUT", url, .file(path))
    guard answer.status == 200 else { throw refusal(answer, of: url) }
    return true
  }

  private func refusal(_ answer: Curl.Answer, of url: String) -> Diagnostic {
    let value = try? ConfigurationValue(json: answer.body)
    let message = value?["message"].flatMap(String.init(configuration:))
    return Diagnostic(
      "the server answers with status \(answer.status): "
        + excerpt(message ?? answer.body, limit: 300)
    ).at(url)
  }
}
