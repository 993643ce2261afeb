"""A training in memory: everything that has state, and how it is built, saved and restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.data.store import DataSet
from ganstudio.engine import schedules, tasks
from ganstudio.engine.architectures import options as checked_options
from ganstudio.engine.augmentation.adaptive import moved
from ganstudio.engine.averages import exponential
from ganstudio.engine.averages.power_function import PowerAverages
from ganstudio.engine.batches import Batches, check_data
from ganstudio.engine.contract import SIDES, Architecture, Batch, Nets, Side, Stage, StepContext
from ganstudio.engine.data_shape import seen_shape
from ganstudio.engine.devices import Compute
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw
from ganstudio.engine.finalized import finalized
from ganstudio.engine.preparation.built_networks import (
    build_networks,
    build_optimizer,
    compile_networks,
    place_networks,
)
from ganstudio.engine.preparation.prepared_networks import prepare_critics
from ganstudio.engine.run_folder.made_for import made_for
from ganstudio.engine.styled_batches import batches_of, check_styles
from ganstudio.engine.terms.build import build_constraints, build_terms
from ganstudio.engine.terms.features_read import features_read
from ganstudio.engine.terms.objectives.objective import Objective
from ganstudio.engine.terms.term import ASKS_CRITIC, Constraint, Term
from ganstudio.engine.updates.judging import Judge, Weights
from ganstudio.recipe.live import changes_between, with_changes
from ganstudio.recipe.numbers import Number, value_at
from ganstudio.recipe.schema import Adaptive, Optimizer, Recipe

ALL = "all"  # in place of a critic's name, where a term remembers one thing for all of them


@dataclass
class Progress:
    """Plain values, never tensors. `positions` are places in the data, `updates` count each side's steps, `changes`
    are the knobs that changed on the way: key, from, to, nimg.
    """

    nimg: int = 0
    positions: dict[str, int] = field(default_factory=lambda: {"d": 0, "g": 0})
    updates: dict[str, int] = field(default_factory=lambda: {"d": 0, "g": 0})
    seconds: float = 0.0
    best: dict[str, Any] | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)


class Session:
    """Networks, optimizers, averages, draws and the place in the data: what a checkpoint holds."""

    def __init__(
        self, recipe: Recipe, architecture: Architecture, data: DataSet, seed: int, compute: Compute, world: World
    ) -> None:
        self.recipe, self.data, self.seed, self.compute, self.world = recipe, data, seed, compute, world
        self.progress = Progress()
        self.task = tasks.of(architecture, recipe)
        stored = seen_shape(data, recipe.data)
        check_data(self.task.needs, stored, recipe.task.kind)
        self.shape = self.task.seen(stored)
        check_styles(self.task.needs, data, self.shape, recipe.data, recipe.task.kind)
        options = checked_options(architecture, recipe.architecture, self.shape)
        self.made_for = made_for(recipe, options, self.shape)
        torch.manual_seed(seed)
        nets, self.terms = build_networks(architecture, options, self.task, self.shape, recipe)
        self.nets = place_networks(nets, compute, world)
        self.reads = features_read(architecture, options, self.terms)
        self.power_averages = PowerAverages(recipe.training.ema_stds, self.nets.generators)
        self.batches = self._batches()
        prepare_critics(self.nets, recipe, self.task, self.batches)
        if recipe.training.compile:
            compile_networks(self.nets, self.terms)
        self.learnable = {side: self._learnable(side) for side in SIDES}
        self.optimizers = {
            side: build_optimizer(self.choice(side), self.learnable[side], self._rates(side), compute.device)
            for side in SIDES
        }
        self.scalers = {
            side: torch.amp.GradScaler(compute.device.type, enabled=compute.precision == "fp16") for side in SIDES
        }
        self.memory = {
            side: {term.name: self._memory(term) for term in self.terms if term.side == side} for side in SIDES
        }
        state = self.task.state(self.nets, recipe.training.batch)
        self.task_state = {k: v.to(compute.device) for k, v in state.items()}
        self.adapted_p = 0.0
        self.signs = torch.zeros((), device=compute.device)

    @property
    def stage(self) -> Stage:
        return schedules.stage_at(self.recipe, self.progress.nimg)

    @property
    def augment_p(self) -> float | None:
        return schedules.augment_p(self.recipe, self.progress.nimg, self.adapted_p)

    def value(self, number: Number) -> float:
        """What a number of the recipe is now."""
        return value_at(number, self.progress.nimg, self.recipe.training.schedule_length)

    @property
    def objective(self) -> Objective:
        return Objective(self.recipe.objective, self.value)

    @property
    def constraints(self) -> list[Constraint]:
        return build_constraints(self.recipe.regularizers)

    @property
    def critics_train(self) -> bool:
        """Whether critics take part now: where none trains, or the objective weighs nothing, nobody judges."""
        return self.recipe.training.critic_steps > 0 and self.value(self.recipe.objective.weight) != 0.0

    def due(self, side: Side) -> list[Term]:
        """The terms of a side's next update; while no critic trains, those alone that ask none."""
        update, critics = self.progress.updates[side], self.critics_train
        return [
            term
            for term in self.terms
            if term.side == side and update % term.every == 0 and (critics or not term.needs & ASKS_CRITIC)
        ]

    def context(self, side: Side, draw: Draw, batch: Batch | None, judge: Judge | None) -> StepContext:
        progress, kimg = self.progress, self.recipe.training.schedule_length
        return StepContext(self.nets, batch, draw, self.stage, side, progress.nimg, kimg, judge, self.task_state)

    def judge(self, draw: Draw, weights: Weights | None = None) -> Judge:
        """The critics as the loop calls them now, or with other `weights` in the place of their own."""
        noise = self.value(self.recipe.training.instance_noise)
        return Judge(self.nets, draw, self.stage, self.recipe.augmentation, self.augment_p, weights, noise)

    def adapt(self, sign: Tensor) -> None:
        """Moves the augmentation's p by the mean sign of real logits, every few updates of the critic.

        The mean is over all processes at every update, so that each has the same `signs` and any can save them for all.
        """
        augmentation = self.recipe.augmentation
        if augmentation is None or not isinstance(augmentation.p, Adaptive):
            return
        self.world.mean([sign])
        self.signs += sign
        interval = augmentation.p.interval
        if self.progress.updates["d"] % interval == 0:
            self.adapted_p = moved(
                self.adapted_p, self.signs.item() / interval, self.recipe.training.batch, augmentation.p
            )
            self.signs.zero_()

    @torch.no_grad()
    def average(self, images: int) -> None:
        """One step of the generators' moving averages over an iteration of so many images.

        Without averaging they are the generators themselves.
        """
        if self.recipe.training.ema_kimg:
            for name, net in self.nets.ema.items():
                exponential.update(net, self.nets.generators[name], images, self.progress.nimg, self.recipe.training)
        self.power_averages.update(self.nets.generators, self.progress.nimg)

    def previewed(self) -> Nets:
        """The nets as they are looked at: averaged generators up to date, in eval mode, finalized where they can be."""
        return finalized(self._up_to_date(), self.seed, self.compute.device)

    def _up_to_date(self) -> Nets:
        """The nets, with averaged generators that can be used: without averaging they are the generators themselves."""
        for name, net in self.nets.ema.items():
            if self.recipe.training.ema_kimg:
                exponential.settle(net)
            else:
                net.load_state_dict(self.nets.generators[name].state_dict())
        return self.nets

    def parameter_counts(self) -> dict[str, int]:
        nets = self.nets.generators | self.nets.critics | self.nets.extras["d"] | self.nets.extras["g"]
        return {name: sum(p.numel() for p in net.parameters()) for name, net in nets.items()}

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain values only. Every process must call this: rows of task state are gathered.

        Raises TrainingError, in every process, where their networks or what adapts have come apart.
        """
        nets = self._up_to_date()  # before they are compared: the leading process alone shows them in between
        self.world.require_equal(self._common())
        return {
            "nets": {
                kind: {name: net.state_dict() for name, net in nets.items()} for kind, nets in self.kinds(nets).items()
            },
            "optimizers": {side: optimizer.state_dict() for side, optimizer in self.optimizers.items()},
            "scalers": {side: scaler.state_dict() for side, scaler in self.scalers.items()},
            "terms": self.memory,
            "task": {name: self.world.gather_rows(value) for name, value in self.task_state.items()},
            "adaptive": {"p": self.adapted_p, "signs": self.signs},
            "progress": asdict(self.progress),
            "power_averages": self.power_averages.state_dict(),
            "held_out": self.state_of_held_out(),
            "made_for": self.made_for,
        }

    def state_of_held_out(self) -> dict[str, Any]:
        """Which images training never sees: of which data, and how many."""
        return {"data": self.data.manifest.fingerprint, "count": len(self.batches.held_rows)}

    def _common(self) -> dict[str, list[Tensor]]:
        """What every process has alike, by name. Batch statistics are not in it: on the CPU they are each one's own."""
        learned = self.nets.side("g") | self.nets.side("d")
        nets = learned | {f"averaged {k}": net for k, net in self.nets.ema.items()}
        memory = [value for state in self._memories() for value in state.values()]
        adaptive = [torch.tensor(self.adapted_p, dtype=torch.float64), self.signs, *memory]
        named: dict[str, list[Tensor]] = {name: list(net.parameters()) for name, net in nets.items()}
        return named | {"what adapts": adaptive}

    def share(self) -> None:
        """Gives every process the leader's networks: a user's file may draw its first weights as it likes."""
        nets = [net for nets in self.kinds(self.nets).values() for net in nets.values()]
        self.world.share(tensor for net in nets for tensor in (*net.parameters(), *net.buffers()))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for kind, nets in self.kinds(self.nets).items():
            for name, net in nets.items():
                net.load_state_dict(state["nets"][kind][name])
        for side, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][side])
            self.scalers[side].load_state_dict(state["scalers"][side])
        self.load_memory(state)
        for name, value in self.task_state.items():
            value.copy_(state["task"][name])
        self.adapted_p = state["adaptive"]["p"]
        self.signs.copy_(state["adaptive"]["signs"])
        self.progress = Progress(**state["progress"])
        self.power_averages.load_state_dict(state.get("power_averages", {}), self.nets.generators, self.progress.nimg)
        self._take(with_changes(self.recipe, {change["key"]: change["to"] for change in self.progress.changes}))

    def load_memory(self, state: dict[str, Any]) -> None:
        """What terms remember, from a checkpoint. A term that is not in it, a fork's, begins anew.

        Format 1 has the state of a penalty once, whatever the critic.
        """
        for side, terms in self.memory.items():
            for name, critics in terms.items():
                for critic, values in critics.items():
                    if "terms" in state:
                        stored = state["terms"][side].get(name, {}).get(critic, {})
                    else:
                        stored = state["penalties"].get(name, {})
                    for key in values.keys() & stored.keys():
                        values[key].copy_(stored[key])

    def change(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        """Gives knobs of the recipe other values from now on; what changed.

        Raises ValueError where they cannot, RecipeError where a loss refuses what it would need.
        """
        after = with_changes(self.recipe, values)
        changes = changes_between(self.recipe, after, values)
        news = [{**change, "nimg": self.progress.nimg} for change in changes]
        self._take(after)
        self.progress.changes += news
        return news

    def _take(self, recipe: Recipe) -> None:
        """Goes on by a recipe that differs in numbers alone; what terms remember stays."""
        terms = build_terms(recipe, self.task)
        for term in terms:
            term.require()
        self.recipe, self.terms = recipe, terms
        self.tune()

    def tune(self) -> None:
        """Hands the optimizers the recipe's learning rates and betas of now: a checkpoint's own may be of another
        recipe, and they may change."""
        for side in SIDES:
            for group in self.optimizers[side].param_groups:
                group.update(self._rates(side))

    def choice(self, side: Side) -> Optimizer:
        return self.recipe.discriminator_optimizer if side == "d" else self.recipe.generator_optimizer

    def _rates(self, side: Side) -> dict[str, Any]:
        length = self.recipe.training.schedule_length
        return schedules.rates(self.choice(side), self.progress.nimg, length)

    @staticmethod
    def kinds(nets: Nets) -> dict[str, dict[str, nn.Module]]:
        extras = {f"extras_{side}": nets.extras[side] for side in SIDES if nets.extras[side]}
        return {"generators": nets.generators, "critics": nets.critics, "ema": nets.ema, **extras}

    def _batches(self) -> Batches:
        task = self.task
        return batches_of(self.data, task.needs, self.recipe.data, self.seed, self.compute.device, task.make_source)

    def _memory(self, term: Term) -> dict[str, dict[str, Tensor]]:
        """A term's state by critic, or once for all where its scope is more than a pair."""
        keys = list(self.nets.critics) if term.scope == "pair" else [ALL]
        return {key: {k: v.to(self.compute.device) for k, v in term.initial_state().items()} for key in keys}

    def _memories(self) -> Iterator[dict[str, Tensor]]:
        for terms in self.memory.values():
            for critics in terms.values():
                yield from critics.values()

    def _learnable(self, side: Side) -> list[nn.Parameter]:
        """A side's parameters, less those that an architecture froze on purpose."""
        return [p for net in self.nets.side(side).values() for p in net.parameters() if p.requires_grad]
