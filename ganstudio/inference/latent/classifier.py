"""A classifier of pictures as an ONNX file: one that the worker trained on a data set, or anybody's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import StudioError, UsageError, nearest
from ganstudio.half_blocks import WHITE, over
from ganstudio.inference.latent.resizing import resized
from ganstudio.inference.manifest import read_metadata
from ganstudio.inference.sessions import cpu_session, failure_reason

KEY = "ganstudio.classifier"
_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
_BATCH = 64
_TRIED = 8
_LEAST = 1e-7  # the probability that an answer of 0 is taken for
_TAKES = "a classifier takes one float input, images [N, 1 or 3, H, W], and gives [N, classes] or [N]"


@dataclass(frozen=True)
class Classifier:
    """Answers of a network on pictures of any size, which are made to fit.

    Attributes:
        names: of its classes, or of attributes that each picture has or has not.
        exclusive: whether each picture is of one class.
        value_range: what black and white are for it.
        probabilities: whether it gives these, and no logits.
        made: what it says of itself: see engine/export/classifier.py; {} of anybody's.
    """

    path: Path
    session: Any
    names: tuple[str, ...]
    exclusive: bool
    shape: tuple[int, int | None, int | None]
    batch: int
    value_range: tuple[float, float]
    probabilities: bool
    made: dict[str, Any]

    @classmethod
    def open(cls, path: Path, value_range: tuple[float, float] = (-1.0, 1.0)) -> Classifier:
        """The classifier in a file. Raises UsageError where it is none, or takes or gives other things."""
        made = classifier_record(path)
        try:
            session = cpu_session(path)
        except Exception as error:  # onnxruntime's errors share no base below Exception
            raise UsageError(f"{path}: onnxruntime cannot load it: {failure_reason(error)}") from error
        channels, height, width, batch = _input_sizes(path, session)
        found = cls(path, session, (), True, (channels, height, width), batch, value_range, False, made)
        noise = np.random.RandomState(0).randint(0, 256, (_TRIED, height or 32, width or 32, channels)).astype(np.uint8)
        answers = found._run(noise)
        count = answers.shape[1]
        names = tuple(map(str, made.get("names", range(count))))
        if len(names) != count:
            raise UsageError(f"{path} gives {count} answers and names {len(names)} of them.")
        probable = not made and bool(answers.min() >= 0 and answers.max() <= 1)
        sums = bool(np.allclose(answers.sum(1), 1, atol=1e-3))
        exclusive = count > 1 and (made["kind"] == "classes" if made else sums or not probable)
        return cls(path, session, names, exclusive, found.shape, batch, value_range, probable, made)

    def thing(self, name: str) -> str:
        """What a direction that follows this answer says that it measures."""
        return f"{'class' if self.exclusive else 'attribute'} {name}"

    def chosen(self, wanted: Sequence[str]) -> list[str]:
        """The names that `wanted` name; all where it is empty. Raises UsageError for one that is none."""
        for name in wanted:
            if name not in self.names:
                raise UsageError(f"--only {name}: the classifier knows none. {nearest(name, self.names)}")
        return list(wanted or self.names)

    def log_odds(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """log(p / (1 - p)) of each answer, [N, K] of pixels [N, H, W, C]; of classes p is among all of them."""
        answers = self._run(pixels)
        if self.probabilities:
            clipped = np.clip(answers, _LEAST, 1 - _LEAST)
            return np.log(clipped) - np.log1p(-clipped)
        if not self.exclusive:
            return answers
        odds = np.exp(answers - answers.max(1, keepdims=True))
        others = np.maximum(odds.sum(1, keepdims=True) - odds, 1e-16)
        found: NDArray[np.float64] = np.log(np.maximum(odds, 1e-16)) - np.log(others)
        return found

    def _run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The network's answers [N, K]. Raises UsageError where it fails on pictures of this size."""
        channels, height, width = self.shape
        pixels = resized(pixels, height or pixels.shape[1], width or pixels.shape[2])
        low, high = self.value_range
        images = low + (high - low) * _with_channels(pixels, channels) / 255.0
        fed = np.ascontiguousarray(np.moveaxis(images, 3, 1), np.float32)
        name = self.session.get_inputs()[0].name
        parts = [fed[start : start + self.batch] for start in range(0, len(fed), self.batch)]
        try:
            answers = [self.session.run(None, {name: part})[0] for part in parts]
        except Exception as error:  # onnxruntime's errors share no base below Exception
            raise UsageError(f"{self.path} fails on pictures: {failure_reason(error)}", hint=None) from error
        found = np.concatenate(answers).astype(np.float64)
        if found.ndim > 2 and found[0].size == max(found.shape[1:]):
            found = found.reshape(len(found), -1)
        if found.ndim not in (1, 2) or len(found) != len(pixels):
            raise UsageError(f"{self.path} gives {list(found.shape)} for {len(pixels)} pictures; {_TAKES}.")
        if not np.isfinite(found).all():
            raise StudioError(f"{self.path} gives NaN or infinite values.")
        rows: NDArray[np.float64] = found.reshape(len(found), -1)
        return rows


def classifier_record(path: Path) -> dict[str, Any]:
    """What a classifier of the worker's says of itself; {} of anybody else's. Raises UsageError for no ONNX file."""
    text = read_metadata(path).get(KEY)
    record: dict[str, Any] = {} if text is None else json.loads(text)
    return record


def _input_sizes(path: Path, session: Any) -> tuple[int, int | None, int | None, int]:
    """Channels, height, width and batch of its one input; None for a size that is free. Raises UsageError."""
    inputs = session.get_inputs()
    told = ", ".join(f"{one.name} {list(one.shape)} {one.type}" for one in inputs) or "nothing"
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4:
        raise UsageError(f"{path} takes {told}; {_TAKES}.")
    batch, channels, *sides = inputs[0].shape
    if channels not in (1, 3, 4) or (isinstance(batch, int) and batch != 1):
        raise UsageError(f"{path} takes {told}; {_TAKES}.")
    height, width = (side if isinstance(side, int) else None for side in sides)
    return channels, height, width, 1 if batch == 1 else _BATCH


def _with_channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.float64]:
    """Pixels [N, H, W, channels] from 0 to 255: grey ones repeated, colours weighted, transparency laid over white."""
    if pixels.shape[3] == channels:
        return pixels.astype(np.float64)
    shown = over(pixels, WHITE) if pixels.shape[3] == 4 else pixels
    if channels == 1 and shown.shape[3] == 3:
        grey: NDArray[np.float64] = (shown @ _LUMA)[..., None]
        return grey
    if channels == 4:
        opaque = np.full((*shown.shape[:3], 1), 255.0)
        return np.concatenate([np.broadcast_to(shown, (*shown.shape[:3], 3)), opaque], axis=3)
    return np.broadcast_to(shown, (*shown.shape[:3], channels)).astype(np.float64)
