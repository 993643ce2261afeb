"""Words on the current point of the screen Studio, for its title and the lines beside the picture."""

from __future__ import annotations

from textual.content import Content

from ganstudio.inference.codes import value_text
from ganstudio.inference.explore import Point, layers_text
from ganstudio.tui.studio.exploration import Exploration


def facts(state: Exploration) -> list[str]:
    """Returns the facts of the current point, a few words each."""
    point = state.current
    if point is None:
        return []
    walk = state.choice if state.choice and state.choice.kind == "between" else None
    where = f"A to B {walk.place / (len(walk.points) - 1):.0%}" if walk else point.origin or f"seed {point.seed}"
    held = [f"{code.name} {value_text(value, code)}" for code, value in point.codes]
    strengths = [f"{name} {strength:+g}" for name, strength in point.strengths if name not in state.names]
    return [where, *_class_psi_noise(state), *_styles(point), *held, *strengths, _arrows(state, point)]


def _arrows(state: Exploration, point: Point) -> str:
    """Returns what the arrow keys go along, and how far the point is along it."""
    if state.names:
        return " ".join(f"{name} {point.strength(name):+g}" for name in state.names)
    x, y = point.steps(state.pair, 0), point.steps(state.pair, 1)
    return f"pair {state.pair}{f' {x:+d} {y:+d}' if x or y else ''}"


def _styles(point: Point) -> list[str]:
    return [
        f"layer{'s' if stop > first + 1 else ''} {layers_text(first, stop)} of {of.origin or f'seed {of.seed}'}"
        for first, stop, of in point.styles
    ]


def _class_psi_noise(state: Exploration) -> list[str]:
    """Returns class, psi (truncation) with its centres and cutoff, and noise of its own, where the model has them."""
    point, export = state.current, state.export
    if point is None or export is None:
        return []
    words = [] if point.label is None else [f"class {export.manifest.classes[point.label]}"]
    if point.fade is not None:
        label, share = point.fade
        words.append(f"{share:.0%} to {export.manifest.classes[label]}")
    if export.manifest.has_psi or state.abilities.layers:
        cutoff = "" if point.cutoff is None else f" below layer {point.cutoff}"
        centres = "" if point.centres == 1 else f" towards {point.centres} centres"
        words.append(f"ψ {point.psi:.2f}{centres}{cutoff}")
    return [*words, *([] if point.noise_seed is None else [f"noise {point.noise_seed}"])]


def about(state: Exploration) -> Content:
    """Returns the lines on the model and the current point."""
    if state.export is None or state.current is None:
        return Content("")
    size = "x".join(map(str, state.export.manifest.image_shape[1:]))
    took = f" · {state.ms:.1f} ms" if state.ms is not None else ""
    point_text = state.current.origin_text
    arrows = ", ".join(state.names) or f"pair {state.pair}"
    lines = [
        Content.styled(state.export.name, "b"),
        Content(f"{size} on {state.provider}{took}"),
        *(Content.styled(text, "$text-warning") for text in (state.error, state.note) if text),
        Content(point_text if state.current.origin else f"seed {point_text}"),
        Content(" · ".join([*_class_psi_noise(state), f"arrows: {arrows}"])),
    ]
    return Content("\n").join(lines)
