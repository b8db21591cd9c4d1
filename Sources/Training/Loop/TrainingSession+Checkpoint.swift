extension TrainingSession {
  func save(to policy: CheckpointPolicy) throws {}
}
