"""The models of this project once more, in PyTorch: same mathematics, same parameter names."""

from twins.aesm2_dense import AESM2Dense
from twins.aesm2_sparse import AESM2Sparse
from twins.mmoe import MMoE
from twins.ple import PLE
from twins.shared_bottom import SharedBottom

TWINS = {
    "shared-bottom": SharedBottom,
    "mmoe": MMoE,
    "ple": PLE,
    "aesm2-dense": AESM2Dense,
    "aesm2-sparse": AESM2Sparse,
}
