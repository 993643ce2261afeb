"""Patches of a translation told by the patches that they were made of: CUT, Park et al. 2020 (arXiv:2007.15651).

Equations 3 to 5, with the means over places and maps of the authors' code in the place of eq. 5's sums, so that
weights mean the same at any size. What the translator's encoder makes of a picture is looked at through a head of two
layers for each map, which learns with the generator. The input's side stands still, as in that code: the output is to
come near it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.contract import DataShape, JudgedPair, Nets, Side, StepContext
from ganstudio.engine.terms.term import Need, Scope, TermBase, TermResult
from ganstudio.errors import RecipeError
from ganstudio.recipe.task_choices import ContrastiveTask


class PatchContrast(TermBase):
    """Of the output and its input, or of images of the output's own domain and what becomes of them; [N].

    The second is the identity loss of section 3 (eq. 6).
    """

    side: Side = "g"
    scope: Scope = "batch"
    needs: frozenset[Need] = frozenset({"real"})

    def __init__(self, of: Literal["output", "identity"], knobs: ContrastiveTask) -> None:
        self.of, self.knobs = of, knobs
        self.name, self.weight = ("nce", knobs.nce) if of == "output" else ("nce_identity", knobs.identity_nce)

    def networks(self, nets: Nets, shape: DataShape) -> dict[str, nn.Module]:
        """A head for each map, which both terms look through. Raises RecipeError where there are no such maps."""
        if self.of == "identity":
            return {}
        net: Any = nets.generators["generator"]
        if not (hasattr(net, "encode") and hasattr(net, "decode")):
            lacks = "contrastive needs a translator in two halves, encode(images) -> maps and decode(maps) -> images"
            raise RecipeError([f"task.kind: {lacks}; this one has none. Nearest: architecture.id=pix2pix."])
        with torch.no_grad():
            maps = net.eval().encode(torch.zeros(1, shape.channels, *shape.size))
        net.train()
        if wrong := [layer for layer in self.knobs.layers if layer >= len(maps)]:
            most = len(maps) - 1
            raise RecipeError([f"task.layers: this translator has maps 0 to {most}; got {wrong[0]}. Nearest: {most}."])
        return {f"head_{layer}": _head(maps[layer].shape[1], self.knobs.head_width) for layer in self.knobs.layers}

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult | None:
        if not context.value(self.weight):
            return None
        net: Any = context.nets.generators["generator"]
        if self.of == "output":
            pair = pairs[0].pair
            keys, made = maps_of(pair.inputs), pair.fake
        else:
            keys = net.encode(context.batch.domains[0])
            made = net.decode(keys)
        queries = net.encode(made)
        costs, hits = [], []
        for layer in self.knobs.layers:
            head, places = context.nets.extras["g"][f"head_{layer}"], self._places(context, layer, keys[layer])
            # the key with gradients that are dropped: without, autocast would keep copies of the weights that have none
            key, query = (_looked_at(head, one, places) for one in (keys[layer].detach(), queries[layer]))
            cost, share = patch_nce(query, key.detach(), self.knobs.temperature)
            costs.append(cost)
            hits.append(share)
        return TermResult(torch.stack(costs).mean(0), {"hits": torch.stack(hits).mean()})

    def _places(self, context: StepContext, layer: int, features: Tensor) -> Tensor | None:
        """Which places of a map [N, C, h, w] are compared, [N, patches] each once; None for all of them."""
        count = features[0, 0].numel()
        if count <= self.knobs.patches:
            return None
        return context.draw.uniform(f"{self.name}/places_{layer}", count).argsort(1)[:, : self.knobs.patches]


def patch_nce(queries: Tensor, keys: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """[N], the cross-entropy of telling a query's key from the others of its picture, and how often it is the nearest.

    Both are unit vectors [N, patches, D]; the places of a picture are told from one another alone.
    """
    with torch.autocast(queries.device.type, enabled=False):  # a difference of 0.07 is a factor of e
        likeness = queries.float() @ keys.float().transpose(1, 2) / temperature
        own = torch.arange(likeness.shape[1], device=likeness.device).expand(len(likeness), -1)
        cost = F.cross_entropy(likeness.transpose(1, 2), own, reduction="none").mean(1)
    return cost, (likeness.detach().argmax(2) == own).float().mean()


def named_maps(maps: Sequence[Tensor], name: str = "map") -> dict[str, Tensor]:
    """An encoder's maps for a pair's inputs, which `maps_of` has back by the same name."""
    return {f"{name}_{layer}": one for layer, one in enumerate(maps)}


def maps_of(inputs: Mapping[str, Tensor], name: str = "map") -> list[Tensor]:
    return [one for key, one in inputs.items() if key.rpartition("_")[0] == name]


def _looked_at(head: nn.Module, features: Tensor, places: Tensor | None) -> Tensor:
    """Unit vectors [N, patches, width] of a map [N, C, h, w] at these places."""
    vectors = features.flatten(2).transpose(1, 2)
    if places is not None:
        vectors = vectors.gather(1, places[:, :, None].expand(-1, -1, vectors.shape[2]))
    return F.normalize(head(vectors).float(), dim=2)


def _head(channels: int, width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(channels, width), nn.ReLU(), nn.Linear(width, width))
