/// The models without a PyTorch twin, with the reason.
let modelsWithoutTwin = [
  "alternating-gates": "It is made up for tests of phases.",
  "searched-gates": "It is made up for tests of phases.",
]
