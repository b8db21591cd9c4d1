import Configuration

/// How the rows of an AESM² layer select their experts.
///
/// All rules have the same experts, gates and mixture: the weights are the softmax of the logits of the row's own gate
/// over the selected experts, in training of the noisy logits with `topK` and `promptTopK`, and with `kl` only if
/// `noisyMixing` is set. With g_i the logits of gate i for a row, j its own gate, K = K_sp + K_sh, and n experts:
///
/// | rule | selected experts | noise | auxiliary losses |
/// | --- | --- | --- | --- |
/// | ``kl`` | the union of K_sp by KL(p_j ‖ G_k) and K_sh by KL(q ‖ G_k) | on g | two divergences |
/// | ``sharedFirst`` | K_sh by the mean of the gates' softmaxes, then K_sp of the others by the own one | none | balance |
/// | ``topK`` | K by g_j | on g_j, of learned deviation | balance |
/// | ``promptTopK`` | the same, with one gate for all scenarios or tasks | the same | balance |
/// | ``random`` | K_sh drawn once for the layer, then K_sp of the others drawn once for each gate | none | none |
/// | ``hash`` | K_sh by a hash of the row's ids, then K_sp of the others by one of the ids and the gate | none | none |
/// | ``dense`` | all | none | none |
///
/// All rules but `kl` and `dense` select K different experts, as `kl` does with `exclusiveSets`. Where a layer has one
/// gate, `kl` has no basis for selection and is `dense`; the other rules select as ever.
public enum SelectionRule: String, ConfigurationChoice {
  /// By Kullback-Leibler divergences from a one-hot and a uniform distribution over gates: AESM² itself.
  case kl
  /// Experts shared by the row's scenarios or tasks first, then each one's own: SMES, arXiv 2602.09386.
  case sharedFirst = "shared-first"
  /// Noisy top-k of the row's own gate: Shazeer et al., ICLR 2017.
  case topK = "top-k"
  /// Noisy top-k of one gate that is told the scenario or task by its indicator: MEASNet, arXiv 2407.19139.
  case promptTopK = "prompt-top-k"
  /// A draw that the seed of the model fixes.
  case random
  /// A hash of the row's ids: Roller et al., NeurIPS 2021.
  case hash
  /// All experts, as in MMoE.
  case dense
}
