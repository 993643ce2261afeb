"""A classifier of a data set's classes or attributes, trained within minutes, as an ONNX file that needs no torch.

The file's metadata says what it is of (`classifier.KEY`): kind (`classes` or `attributes`), names, data, fingerprint,
and how right it is on a fifth of the images that it was not trained on, as a share of them, or of all attributes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ganstudio.data.store import DataSet
from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.devices import Compute, choose
from ganstudio.engine.evaluation.augmentation_gain import split
from ganstudio.engine.evaluation.small_classifier import Classifier, Labelled, as_images, small, steps_for, trained
from ganstudio.engine.export import parity
from ganstudio.engine.export.graph import to_graph
from ganstudio.errors import UsageError
from ganstudio.inference.latent.classifier import KEY
from ganstudio.progress import progress
from ganstudio.workspace import write_atomic

SUFFIX = "classifier"  # of its ExportSpec
_LEAST_SIDE = 8
_PART = 1000


def train_classifier(path: Path, out: Path) -> dict[str, Any]:
    """Trains on the data set packed at `path` and writes `out`; what the file says of itself.

    Raises UsageError where there is nothing to classify, or pictures are too small for it.
    """
    data = DataSet.load(path)
    labels, names, kind = _labels(data)
    if len(data.manifest.shape) != 3 or min(data.manifest.shape[:2]) < _LEAST_SIDE:
        raise UsageError(f"data set {data.manifest.name!r}: the classifier takes pictures of {_LEAST_SIDE} px or more.")
    train, held_out = _split(labels)
    images = Labelled(_pixels(data, train), labels[train])
    compute = choose("auto", "auto")
    show = progress("training a classifier")
    network = trained(images, len(names), 0, steps_for(len(train)), compute, show)
    right = _share_right(network, Labelled(_pixels(data, held_out), labels[held_out]), compute)
    record = {
        **{"kind": kind, "names": list(names), "data": data.manifest.name, "fingerprint": data.manifest.fingerprint},
        **{"accuracy": right, "held_out": len(held_out)},
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(out, _file(network, images, record))
    return {**record, "path": str(out)}


def held_out_rows(data: DataSet) -> NDArray[np.int64]:
    """The images that a classifier of this data set was not trained on. Raises UsageError where it has no labels."""
    return _split(_labels(data)[0])[1]


def _split(labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return split(labels if labels.ndim == 1 else np.zeros(len(labels), np.int64), seed=0)


def _labels(data: DataSet) -> tuple[np.ndarray, tuple[str, ...], str]:
    """Classes [N] or attributes [N, A], their names, and which of the two they are."""
    classes, attributes = data.labels(), data.attributes()
    if classes is not None and len(data.manifest.classes) > 1:
        return classes, data.manifest.classes, "classes"
    if attributes is not None:
        return attributes, data.manifest.attributes, "attributes"
    hint = "ganstudio data add PATH --labels FILE.csv"
    raise UsageError(f"data set {data.manifest.name!r} has no labels to train a classifier on.", hint)


def _pixels(data: DataSet, rows: np.ndarray) -> np.ndarray:
    images = data.images()
    return np.concatenate([small(images[rows[start : start + _PART]]) for start in range(0, len(rows), _PART)])


@torch.no_grad()
def _share_right(network: nn.Module, held_out: Labelled, compute: Compute) -> float:
    right = []
    for start in range(0, len(held_out.labels), _PART):
        part = held_out[np.arange(start, min(start + _PART, len(held_out.labels)))]
        logits = network(as_images(part, compute)).float().cpu().numpy()
        right.append((logits.argmax(1) if part.labels.ndim == 1 else logits > 0) == part.labels)
    return float(np.concatenate(right).mean())


def _file(network: Classifier, images: Labelled, record: dict[str, Any]) -> bytes:
    """The graph, which agrees with torch, and what it says of itself."""
    side, channels = images.pixels.shape[1], images.pixels.shape[3]
    example: Tensor = torch.zeros(2, channels, side, side)
    spec = ExportSpec(SUFFIX, network.cpu(), {"images": example}, output="logits")
    model = to_graph(spec)
    parity.prove(spec, parity.session_of(model), parity.inputs(spec, 0), 0)
    model.metadata_props.add(key=KEY, value=json.dumps(record))
    return model.SerializeToString(deterministic=True)
