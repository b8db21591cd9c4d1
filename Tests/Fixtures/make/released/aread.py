"""AREAD's pass through the towers that a mask keeps."""

import types

import torch
from torch import nn

from released.code import RELATIVE_IMPORTS, Recorder, author, is_plain, names_in
from twin import affine, by_leaf, input_x, mixture, network, towers


@author("aread", is_plain)
def aread(weights, batch, problem, settings):
    """The pass through the towers that a leaf's mask keeps; what feeds them, and what reads them, is the twins'."""
    code = names_in("AREAD/model/aread.py", RELATIVE_IMPORTS, BaseModel=nn.Module)
    x, f, counts = input_x(weights, batch, settings), settings["activation"], settings["levelCounts"]
    experts = [network(weights, f"experts/{k}", x, settings["expertSizes"], f) for k in range(settings["expertCount"])]
    scores = (x @ weights["gates/weight"]).split(len(experts), 1)
    mixed = [mixture(torch.softmax(scores[t], 1), experts) for t in range(counts[0])]
    net = types.SimpleNamespace(
        n_level=len(counts), n_tower=counts, tower_dims=[[size] for size in settings["levelSizes"]],
        device=torch.device("cpu"), output_layers=[nn.Identity()] * counts[-1],
        towers_linear=[Recorder() for _ in range(counts[-1])],
        towers=[[lambda h, place=f"levels/{l}/towers/{t}": network(weights, place, h, [None], f)
                 for t in range(counts[l])] for l in range(len(counts))],
        tower_gates=[[lambda u, l=l, t=t: affine(weights, f"levels/{l}/gates", u).split(counts[l - 1], 1)[t]
                      for t in range(counts[l])] for l in range(1, len(counts))])

    def of_leaf(suffix, rows):
        s = int(suffix.rsplit("/")[-1])
        # In the code, the mask of a level is [towers below, towers].
        masks = [weights[f"connections/{l}/mask"][s].reshape(counts[l], counts[l - 1]).T != 0
                 for l in range(1, len(counts))]
        masks.insert(0, masks[0].any(1)[None])
        group = weights["indicators/tower/table"][torch.nonzero(masks[0])[:, 1]].mean(0)
        control = torch.cat([weights["indicators/scenario/table"][s], group]).expand(len(rows), -1)
        nothing = torch.zeros(len(rows), 0), torch.zeros(len(rows), 1)
        code.AREAD.hier_tower_mask_forward(net, s, [h[rows] for h in mixed], control, *nothing, masks)
        active = masks[-1].any(0)
        outputs = [recorder.seen if active[t] else torch.zeros(len(rows), settings["levelSizes"][-1])
                   for t, recorder in enumerate(net.towers_linear)]
        return torch.cat(outputs, 1) / active.sum()

    return towers(weights, by_leaf(batch, True, of_leaf), batch, settings)
