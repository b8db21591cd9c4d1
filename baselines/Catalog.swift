import Ranking

/// The baselines, in the row order of every table.
public let baselineCatalog: [any RankingModel.Type] = [
  LogisticRegression.self,
  FM.self,
  DeepFM.self,
  DCNv2.self,
  SingleTask.self,
  PerScenario.self,
  SharedBottom.self,
  MMoE.self,
  PLE.self,
  CrossStitch.self,
  SNRTrans.self,
  AdaTT.self,
  STEM.self,
  DSelectK.self,
  HoME.self,
  ResFlow.self,
  Star.self,
]
