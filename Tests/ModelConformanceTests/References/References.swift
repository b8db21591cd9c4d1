import TestKit

/// The formula of every model.
let naiveReferences: [any NaiveReference.Type] = [
  NaiveLogisticRegression.self,
  NaiveSharedBottom.self,
  NaiveMMoE.self,
  NaivePLE.self,
  NaiveCrossStitch.self,
  NaiveAESM2.self,
  NaiveStar.self,
  NaiveFM.self,
  NaiveDeepFM.self,
  NaiveDCNv2.self,
  NaiveSingleTask.self,
  NaivePerScenario.self,
  NaiveSNRTrans.self,
  NaiveAdaTT.self,
  NaiveSTEM.self,
  NaiveDSelectK.self,
  NaiveHoME.self,
  NaiveResFlow.self,
  NaiveHMoE.self,
  NaiveSARNet.self,
  NaiveAdaSparse.self,
  NaiveHAMUR.self,
  NaiveAREAD.self,
  NaiveM2M.self,
  NaiveEPNet.self,
  NaivePPNet.self,
  NaiveHierRec.self,
  NaiveMLoRA.self,
  NaivePEPNet.self,
  NaiveHiNet.self,
  NaiveM3oE.self,
  NaiveHyperGate.self,
  NaiveAutoIFS.self,
  NaiveAlternatingGates.self,
  NaiveSearchedGates.self,
]

/// The ids of models that have no reference, and why.
let modelsWithoutReference: [String: String] = [:]
