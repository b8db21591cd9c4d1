extension Metric {
  /// The AUC of the conditional rate of a task that follows another, on the rows where the followed
  /// task is positive: "CVR AUC on clicked rows" for a conversion that follows a click.
  ///
  /// Rows are ranked by `p / q`, where p is the predicted rate of the task and q that of the
  /// followed task (see ``Domain/followedPositives``). If the labels of a task are given on those
  /// rows alone, its plain ``auc`` is this value.
  public static let conditionalAUC = Metric(
    id: "cvrAUC", title: "CVR AUC",
    explanation: "AUC of the conditional rate, on rows where the followed task is positive",
    source: "Ma et al., SIGIR 2018 (CVR task of ESMM)", direction: .higher, range: 0...1,
    basis: .order, needsGroups: false,
    undefinedWhen: "the task follows no other, or those rows have one class only",
    domain: .followedPositives
  ) { $0.value(of: .auc) }
}
