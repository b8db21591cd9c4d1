"""AESM² that computes the selected rows only: rows are gathered by expert, and the outputs are added
to the rows that they belong to."""

import torch
from torch import Tensor

from twins.aesm2_dense import AESM2Dense, SelectionLayer


class SparseSelectionLayer(SelectionLayer):
    def mixture(self, z: Tensor, weights: Tensor, selected: Tensor) -> Tensor:
        places, rows = selected.t().nonzero(as_tuple=True)
        counts = selected.sum(dim=0).tolist()
        parts = z.index_select(0, rows).split(counts)
        outputs = torch.cat([expert(part) for expert, part in zip(self.experts, parts)])
        outputs = outputs * weights[rows, places].unsqueeze(1)
        return outputs.new_zeros(len(z), outputs.shape[1]).index_add(0, rows, outputs)


class AESM2Sparse(AESM2Dense):
    layer = SparseSelectionLayer
