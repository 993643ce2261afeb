"""What terms cost over one micro-batch: the one loop over them, for an update and for critics that are looked ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from torch import Tensor

from ganstudio.engine.contract import JudgedPair, StepContext
from ganstudio.engine.session import ALL, Session
from ganstudio.engine.terms.term import Term, TermResult


class TermValue(NamedTuple):
    """A term's weighted mean, for one pair of a critic's or for ALL; `calls` says for how many it was called."""

    term: Term
    critic: str
    calls: Sequence[str]
    result: TermResult
    value: Tensor


def term_values(
    session: Session, terms: Iterable[Term], context: StepContext, pairs: Sequence[JudgedPair]
) -> Iterator[TermValue]:
    """Calls each term for every pair, or once for all as its scope says; those of weights alone are left out."""
    for term in terms:
        if term.scope == "update":
            continue
        groups = [(pair.pair.critic, [pair]) for pair in pairs] if term.scope == "pair" else [(ALL, pairs)]
        calls = [critic for critic, _ in groups]
        for critic, group in groups:
            memory = session.memory[context.side][term.name][critic]
            result = term(replace(context, memory=memory), group)
            if result is not None:
                yield TermValue(term, critic, calls, result, weighted(context, term, result))


def weighted(context: StepContext, term: Term, result: TermResult) -> Tensor:
    """The mean of a term's value, times its weight now."""
    weight = context.value(term.weight)
    return (result.value if weight == 1.0 else weight * result.value).mean()
