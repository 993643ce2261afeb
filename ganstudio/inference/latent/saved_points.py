"""Points as files: a picture with its latents beside it, which `ganstudio sample --latent` draws again."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import numpy as np

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.explore import Point, at_seed
from ganstudio.inference.latent.editing import check_ws
from ganstudio.inference.latent.point_model import PointModel, truncation
from ganstudio.inference.latent_files import SavedLatents, read_latents, write_latents
from ganstudio.inference.pictures import write_picture
from ganstudio.inference.pixels import strips
from ganstudio.inference.provenance import is_ours, latent_origin, picture_words


def save_point(folder: Path, model: PointModel, point: Point) -> tuple[Path, Path]:
    """Writes a point's picture, byte for byte what `ganstudio sample --latent` draws, and its latent; their paths.

    Raises StudioError where the disk takes no files, UsageError where a file is in the way that ganstudio did not make.
    """
    words = _words(model, point)
    png, npz = (folder / f"{_stem(model, point)}{suffix}" for suffix in (".png", ".npz"))
    for path in (png, npz):
        if path.exists() and not (path.is_file() and is_ours(path)):
            raise UsageError(f"{path} is there, and does not say that ganstudio made it: nothing was saved.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_picture(png, strips(model.pictures([point])[0][None])[0], words, "png")
        write_latents(npz, latent_of_point(model, point), words)
    except OSError as error:
        raise StudioError(f"{folder}: nothing can be written there: {error.strerror or error}.") from None
    return png, npz


def latent_of_point(model: PointModel, point: Point) -> SavedLatents:
    """What `sample --latent` draws a point from: its z and truncation, or the ws that everything is done to."""
    as_ws = model.through_halves(point)
    latent = model.edited(point) if as_ws or not model.styles else point.latent()[None]
    return SavedLatents(
        z=np.zeros((1, 0), np.float32) if as_ws else latent,
        seeds=(point.noise,),
        labels=None if point.label is None else (point.label,),
        psi=1.0 if as_ws else point.psi,
        origins=(_origin(model, point),),
        model=model.whole.path.stem,
        sha256=model.whole.manifest.sha256,
        ws=latent[None] if as_ws else None,
    )


def read_point(path: Path, model: PointModel, index: int = 0) -> Point:
    """The point of a latent in a file. Raises UsageError where there is none, or it is of another size."""
    return _point_of(read_latents(path), path, model, index)


def projected_point(path: Path, model: PointModel) -> tuple[Point, tuple[str, ...]]:
    """The point whose picture is nearest to that in a file, as `ganstudio project` finds it, and what is said of it.

    Raises UsageError where the file is no picture, or an encoder beside the model is another model's.
    """
    from ganstudio.data.manifest import UnreadableError
    from ganstudio.inference.latent.projection.fitting import fitted, to_images
    from ganstudio.inference.latent.projection.projected_files import saved_latents
    from ganstudio.inference.latent.projection.projector import Projector

    shape = model.whole.image_shape
    if len(shape) != 3:
        name = model.whole.path.stem
        raise UsageError(f"{name} draws clips or voxel grids; only pictures are turned back into latents.")
    projector = Projector.open(model.whole.path, model.whole.provider)
    try:
        pixels, notes = fitted(path, shape)
    except UnreadableError as error:
        raise UsageError(f"{path} is no picture: {error}.") from None
    [found] = projector.find(to_images(pixels[None]))
    saved = saved_latents(projector, [found], [path.name])
    return _point_of(saved, path, model, 0), (f"{found.distance} from it", *notes)


def _point_of(saved: SavedLatents, path: Path, model: PointModel, index: int) -> Point:
    """The point of one of the latents of `path`. Raises UsageError where it is not this model's."""
    name = model.whole.path.stem
    if not 0 <= index < len(saved.seeds):
        raise UsageError(f"{path} holds {len(saved.seeds)} latents; {index} is none of them.")
    seed, origin = saved.seeds[index], saved.origins[index]
    known = len(model.whole.classes)
    label = (saved.labels[index] if saved.labels else 0) if known else None
    if label is not None and not 0 <= label < known:
        raise UsageError(f"{path} asks for class {label}; {name} has {known} of them.")
    if saved.ws is not None:
        check_ws(model.latent, saved.ws, str(path))
        ws = saved.ws[index]
        base = tuple(ws.reshape(-1).tolist())
        return Point(base, seed, label, saved.psi, origin=origin or path.name, layers=len(ws))
    z, z_dim = saved.z[index], model.whole.z_dim
    if len(z) != z_dim:
        raise UsageError(f"{path} holds latents of {len(z)} numbers; {name} takes {z_dim}.")
    psi = saved.psi if model.styles or model.whole.has_psi else 1.0
    own = at_seed(seed, z_dim, label, psi)
    base = tuple(z.tolist())
    return own if base == own.base else Point(base, seed, label, psi, origin=origin or path.name)


def _words(model: PointModel, point: Point) -> dict[str, str]:
    """The words that a picture of a point carries in its metadata: those that `sample --latent` writes."""
    as_ws = model.through_halves(point)
    classes = [] if point.label is None or as_ws else [model.whole.classes[point.label]]
    psi = None if point.psi == 1 or as_ws else point.psi
    words = picture_words(model.whole.path.stem, model.whole.manifest.sha256, str(point.noise), classes, psi)
    return words | latent_origin([_origin(model, point)])


def _origin(model: PointModel, point: Point) -> str:
    """Where a saved latent comes from, "" where that is its seed; of ws with the truncation that is done to them."""
    if not model.through_halves(point):
        return "" if point.plain else point.origin_text
    how = "".join(f" {word.lower()} {value}" for word, value in truncation(point).words().items())
    return f"{point.origin_text} psi {point.psi:g}{how}" if point.psi != 1 else point.origin_text


def _stem(model: PointModel, point: Point) -> str:
    """The name of a point's files: the same point has the same one."""
    chosen = "" if point.label is None else f"-class{re.sub(r'[^A-Za-z0-9.-]+', '_', model.whole.classes[point.label])}"
    cut = "" if point.psi == 1 else f"-psi{point.psi:g}"
    stem = f"{model.whole.path.stem}-seed{point.seed}{chosen}{cut}"
    if point.plain and not model.through_halves(point):
        return stem
    saved = latent_of_point(model, point)
    latent = saved.z if saved.ws is None else saved.ws
    noise = "" if point.noise_seed is None else str(point.noise_seed)
    return f"{stem}-{zlib.crc32(latent.tobytes() + noise.encode()):08x}"
