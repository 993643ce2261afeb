"""How badly a critic's head reads the codes that fakes were made from: InfoGAN, Chen et al. 2016.

arXiv:1606.03657, equation 5: the bound on the mutual information is the mean of log Q(c | x), up to a constant. Q is a
softmax of a categorical code and a Gaussian of variance 1 around a continuous one. The critic's side trains the head,
the generator's side the generator.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from ganstudio.engine.contract import JudgedPair, Side, StepContext
from ganstudio.engine.layers.codes import uniform
from ganstudio.engine.terms.term import TermBase, TermResult
from ganstudio.inference.codes import Code
from ganstudio.recipe.numbers import Number


class CodeLoss(TermBase):
    """Of the head `codes` [N, numbers of all codes]: cross-entropy of each categorical code, and `continuous` times
    half the squared error of each continuous one; [N].
    """

    name = "codes"

    def __init__(self, side: Side, codes: Sequence[Code], weight: Number = 1.0, continuous: Number = 0.1) -> None:
        self.side, self.codes, self.weight, self.continuous = side, codes, weight, continuous

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:
        (judged,) = pairs
        read, z = judged.fake.heads["codes"].float(), judged.pair.inputs["z"]
        costs = []
        for code in self.codes:
            place = slice(code.start, code.start + code.size)
            if code.kind == "categorical":
                costs.append(F.cross_entropy(read[:, place], z[:, place].argmax(1), reduction="none"))
            else:
                error = read[:, code.start] - uniform(z[:, code.start])
                costs.append(context.value(self.continuous) * error.square() / 2)
        return TermResult(torch.stack(costs).sum(0))
