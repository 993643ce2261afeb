"""A training in memory: everything that has state, and how it is built, saved and restored."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.data.store import DataSet
from ganstudio.engine import averaging, objectives, regularizers, schedules, tasks
from ganstudio.engine.architectures import options as checked_options
from ganstudio.engine.augmentation.adaptive import moved
from ganstudio.engine.batches import Batches
from ganstudio.engine.contract import Architecture, DataShape, Nets, Side, Stage
from ganstudio.engine.devices import Compute
from ganstudio.engine.distributed import World, synchronize_batchnorm
from ganstudio.engine.power_averages import PowerAverages
from ganstudio.recipe.live import value_of, with_changes
from ganstudio.recipe.load import dump
from ganstudio.recipe.schema import Adaptive, Optimizer, Recipe


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


def shape_of(data: DataSet, recipe: Recipe) -> DataShape:
    manifest = data.manifest
    size = manifest.size_at(recipe.data.side)
    return DataShape(manifest.channels, size, tuple(manifest.class_counts) if manifest.classes else ())


class Session:
    """Networks, optimizers, averages, draws and the place in the data: what a checkpoint holds."""

    def __init__(
        self, recipe: Recipe, architecture: Architecture, data: DataSet, seed: int, compute: Compute, world: World
    ) -> None:
        self.recipe, self.data, self.seed, self.compute, self.world = recipe, data, seed, compute, world
        self.shape = shape_of(data, recipe)
        self.task = tasks.build(recipe)
        self.objective = objectives.Objective(recipe.objective)
        self.penalties, self.constraints = regularizers.build(recipe.regularizers)
        options = checked_options(architecture, recipe.architecture, self.shape)
        torch.manual_seed(seed)
        self.nets = self._placed(self.task.build(architecture, options, self.shape))
        self.power_averages = PowerAverages(recipe.training.ema_stds, self.nets.generators)
        self.learnable = {side: self._learnable(side) for side in ("d", "g")}
        self.optimizers = {side: self._optimizer(side) for side in ("d", "g")}
        self.scalers = {
            side: torch.amp.GradScaler(compute.device.type, enabled=compute.precision == "fp16") for side in ("d", "g")
        }
        self.penalty_state = {
            p.name: {k: v.to(compute.device) for k, v in p.initial_state().items()} for p in self.penalties
        }
        state = self.task.state(self.nets, recipe.training.batch)
        self.task_state = {k: v.to(compute.device) for k, v in state.items()}
        self.progress = Progress()
        self.adapted_p = 0.0
        self.signs = torch.zeros((), device=compute.device)
        choice = recipe.data
        self.batches = Batches(data, self.task.needs, choice.mirror, seed, compute.device, choice.held_out)

    @property
    def stage(self) -> Stage:
        return schedules.stage_at(self.recipe, self.progress.nimg)

    @property
    def augment_p(self) -> float | None:
        return schedules.augment_p(self.recipe.augmentation, self.progress.nimg, self.adapted_p)

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
    def average(self) -> None:
        """One step of the generators' moving averages; without averaging they are the generators themselves."""
        if self.recipe.training.ema_kimg:
            for name, net in self.nets.ema.items():
                averaging.update(net, self.nets.generators[name], self.progress.nimg, self.recipe.training)
        self.power_averages.update(self.nets.generators, self.progress.nimg)

    def previewed(self) -> Nets:
        """The nets, with the averaged generators up to date and in eval mode."""
        if not self.recipe.training.ema_kimg:
            for name, net in self.nets.ema.items():
                net.load_state_dict(self.nets.generators[name].state_dict())
        return self.nets

    def parameter_counts(self) -> dict[str, int]:
        nets = self.nets.generators | self.nets.critics
        return {name: sum(p.numel() for p in net.parameters()) for name, net in nets.items()}

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain values only. Every process must call this: rows of task state are gathered.

        Raises TrainingError, in every process, where their networks or what adapts have come apart.
        """
        nets = self.previewed()  # before they are compared: the leading process alone shows them in between
        self.world.require_equal(self._common())
        return {
            "nets": {
                kind: {name: net.state_dict() for name, net in nets.items()} for kind, nets in self.kinds(nets).items()
            },
            "optimizers": {side: optimizer.state_dict() for side, optimizer in self.optimizers.items()},
            "scalers": {side: scaler.state_dict() for side, scaler in self.scalers.items()},
            "penalties": self.penalty_state,
            "task": {name: self.world.gather_rows(value) for name, value in self.task_state.items()},
            "adaptive": {"p": self.adapted_p, "signs": self.signs},
            "progress": asdict(self.progress),
            "power_averages": self.power_averages.state_dict(),
            "held_out": self.state_of_held_out(),
        }

    def state_of_held_out(self) -> dict[str, Any]:
        """Which images training never sees: of which data, and how many."""
        return {"data": self.data.manifest.fingerprint, "count": len(self.batches.held_rows)}

    def _common(self) -> dict[str, list[Tensor]]:
        """What every process has alike, by name. Batch statistics are not in it: on the CPU they are each one's own."""
        nets = self.nets.generators | self.nets.critics | {f"averaged {k}": net for k, net in self.nets.ema.items()}
        penalties = [value for state in self.penalty_state.values() for value in state.values()]
        adaptive = [torch.tensor(self.adapted_p, dtype=torch.float64), self.signs, *penalties]
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
        for name, values in self.penalty_state.items():
            for key, value in values.items():
                value.copy_(state["penalties"][name][key])
        for name, value in self.task_state.items():
            value.copy_(state["task"][name])
        self.adapted_p = state["adaptive"]["p"]
        self.signs.copy_(state["adaptive"]["signs"])
        self.progress = Progress(**state["progress"])
        self.power_averages.load_state_dict(state.get("power_averages", {}), self.nets.generators, self.progress.nimg)
        self.recipe = with_changes(self.recipe, {change["key"]: change["to"] for change in self.progress.changes})
        self.tune()

    def change(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        """Gives knobs of the recipe other values from now on; what changed. Raises ValueError where they cannot."""
        before, after = dump(self.recipe), with_changes(self.recipe, values)
        pairs = {key: (value_of(before, key), value_of(dump(after), key)) for key in values}
        news = [
            {"key": key, "from": old, "to": new, "nimg": self.progress.nimg}
            for key, (old, new) in pairs.items()
            if old != new
        ]
        self.recipe = after
        self.progress.changes += news
        self.tune()
        return news

    def tune(self) -> None:
        """Hands the optimizers the recipe's learning rates and betas: a checkpoint's own may be of another recipe."""
        for side in ("d", "g"):
            for group in self.optimizers[side].param_groups:
                group.update(self._rates(side))

    def choice(self, side: Side) -> Optimizer:
        return self.recipe.discriminator_optimizer if side == "d" else self.recipe.generator_optimizer

    def _rates(self, side: Side) -> dict[str, Any]:
        choice = self.choice(side)
        return {
            "lr": choice.lr,
            **({"betas": choice.betas} if choice.kind == "adam" else {"alpha": choice.betas[1]}),
        }

    @staticmethod
    def kinds(nets: Nets) -> dict[str, dict[str, nn.Module]]:
        return {"generators": nets.generators, "critics": nets.critics, "ema": nets.ema}

    def _placed(self, nets: Nets) -> Nets:
        for kind in (nets.generators, nets.critics):
            placed = synchronize_batchnorm(map(self.compute.place, kind.values()), self.world, self.compute.device)
            kind.update(zip(kind, placed, strict=True))
        nets.ema = {name: averaging.averaged_copy(net) for name, net in nets.generators.items()}
        if self.recipe.training.compile:
            twice = any(p.needs & {"real_grad", "fake_grad", "real"} and p.side == "d" for p in self.penalties)
            for net in [*nets.generators.values(), *([] if twice else nets.critics.values())]:
                net.compile()
        return nets

    def _learnable(self, side: Side) -> list[nn.Parameter]:
        """A side's parameters, less those that an architecture froze on purpose."""
        return [p for net in self.nets.side(side).values() for p in net.parameters() if p.requires_grad]

    def _optimizer(self, side: Side) -> torch.optim.Optimizer:
        parameters, rates = self.learnable[side], self._rates(side)
        match self.choice(side).kind:
            case "adam":
                return torch.optim.Adam(parameters, fused=self.compute.device.type in ("cpu", "cuda"), **rates)
            case "rmsprop":
                return torch.optim.RMSprop(parameters, **rates)
