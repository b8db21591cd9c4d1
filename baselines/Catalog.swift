import Ranking

/// The baselines, in the row order of every table.
public let baselineCatalog: [any RankingModel.Type] = [
  LogisticRegression.self,
  SharedBottom.self,
  MMoE.self,
  PLE.self,
  CrossStitch.self,
  Star.self,
  HMoE.self,
  SARNet.self,
  AdaSparse.self,
  HAMUR.self,
  AREAD.self,
  M2M.self,
  EPNet.self,
  PPNet.self,
  HierRec.self,
  MLoRA.self,
  PEPNet.self,
  HiNet.self,
  M3oE.self,
  HyperGate.self,
  AutoIFS.self,
]
