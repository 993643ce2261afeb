"""Data sets that are known by name: where their files are or come from, and what reads them.

MNIST ships inside the package: see builtin/README.md. What torchvision can download, the worker downloads with it;
the others are published behind forms and large archives, and are packed from files that the user has (`--from`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.data import generated
from ganstudio.data.generated import GeneratedSet
from ganstudio.errors import DataError

if TYPE_CHECKING:
    from ganstudio.data.sources.source import Source

BUILTIN = Path(__file__).parent / "builtin"
DEBIAN = Path("/usr/share/datasets")

_DIGITS = tuple("0123456789")
_ARTICLES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
_ATTRIBUTES = r"list_attr_celeba\.(txt|csv)"  # as published, or as Kaggle has it
_KUZUSHIJI = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")


@dataclass(frozen=True)
class KnownSet:
    """`read` makes a source of a folder or file; `locations` is where that may lie, `fetch` what torchvision calls it.

    `files` says in words what `--from` wants; `resolution` is the size packed unless another is asked for, None being
    chosen by the images.
    """

    summary: str
    source: str
    read: Callable[[Path], Source]
    files: str
    locations: tuple[Path, ...] = ()
    fetch: str | None = None
    resolution: int | None = None


def _idx(path: Path, part: str, classes: tuple[str, ...]) -> Source:
    from ganstudio.data.sources import idx

    return idx.read_idx(path, part, classes)


def _cifar(path: Path, part: str, folder: str) -> Source:
    from ganstudio.data.sources import cifar

    inside = [found for found in (path, path / folder, *path.glob("*")) if cifar.is_here(found)]
    return cifar.read_cifar(inside[0] if inside else path, part)


def _svhn(path: Path, part: str) -> Source:
    from ganstudio.data.sources import cifar

    return cifar.svhn(path, part)


def _stl10(path: Path, part: str) -> Source:
    from ganstudio.data.sources import cifar

    return cifar.stl10(path, part)


def _celeba(path: Path) -> Source:
    """The aligned pictures, a folder or the zip, and beside or above them the list of attributes."""
    from ganstudio.data.labels.annotations import annotate
    from ganstudio.data.opening import open_source
    from ganstudio.data.sources.arrays import find_file
    from ganstudio.data.sources.source import Listing

    path = path.resolve()
    around = path if path.is_dir() else path.parent
    places = (around.parent, around.parent / "Anno")
    beside = [
        file for p in places if p.is_dir() for file in sorted(p.iterdir()) if re.fullmatch(_ATTRIBUTES, file.name)
    ]
    attributes = beside[0] if beside else find_file(around, _ATTRIBUTES)
    pictures = path
    if path.is_dir():
        folders = (p for p in path.rglob("img_align_celeba") if p.is_dir() and any(p.glob("*.[jp][pn]g")))
        pictures = [*folders, *path.rglob("img_align_celeba.zip"), path][0]
    source = open_source(pictures, "none")
    if not isinstance(source, Listing):
        raise DataError(f"{pictures}: holds no pictures of faces.")
    return annotate(source, attributes)


def _pictures(path: Path) -> Source:
    from ganstudio.data.opening import open_source

    databases = [path] if (path / "data.mdb").is_file() else sorted(p.parent for p in path.glob("*/data.mdb"))
    return open_source(databases[0] if databases else path, "none")


def _parts(name: str, known: Callable[[str], KnownSet], parts: dict[str, str]) -> Iterator[tuple[str, KnownSet]]:
    """One entry a part: NAME for the first, NAME-SUFFIX for the others."""
    for suffix, part in parts.items():
        yield (f"{name}-{suffix}" if suffix else name), known(part)


def _mnist_like(
    what: str, of: str, classes: tuple[str, ...], locations: tuple[Path, ...], fetch: str | None
) -> Callable[[str], KnownSet]:
    def known(part: str) -> KnownSet:
        count = "60,000 training" if part == "train" else "10,000 test"
        return KnownSet(
            summary=f"the {count} {what}",
            source=f"{of}, {'train' if part == 'train' else 'test'} part",
            read=partial(_idx, part=part, classes=classes),
            files=f"the folder that holds {part}-images-idx3-ubyte (.gz or .xz) and its labels",
            locations=locations,
            fetch=fetch,
            resolution=32,
        )

    return known


_TRAIN_TEST = {"": "train", "test": "t10k"}

KNOWN: dict[str, KnownSet | GeneratedSet] = {
    **dict(
        _parts(
            "mnist",
            _mnist_like(
                "digits of MNIST",
                "MNIST, by LeCun, Cortes and Burges (inside the package)",
                *(_DIGITS, (BUILTIN / "mnist",), None),
            ),
            _TRAIN_TEST,
        )
    ),
    **dict(
        _parts(
            "fashion-mnist",
            _mnist_like(
                "articles of Fashion-MNIST",
                "Fashion-MNIST, by Zalando Research (Xiao et al. 2017, arXiv:1708.07747)",
                *(_ARTICLES, (DEBIAN / "fashion-mnist",), "FashionMNIST"),
            ),
            _TRAIN_TEST,
        )
    ),
    **dict(
        _parts(
            "kmnist",
            _mnist_like(
                "cursive kana of Kuzushiji-MNIST",
                "Kuzushiji-MNIST, by CODH (Clanuwat et al. 2018, arXiv:1812.01718)",
                *(_KUZUSHIJI, (), "KMNIST"),
            ),
            _TRAIN_TEST,
        )
    ),
    **{
        f"cifar{n}{suffix}": KnownSet(
            summary=f"the {count} pictures of CIFAR-{n}",
            source=f"CIFAR-{n}, {part} part, by Krizhevsky, Nair and Hinton (2009)",
            read=partial(_cifar, part=part, folder=folder),
            files=f"{folder} or the tar.gz that it comes in, as pickles or as plain bytes",
            fetch=f"CIFAR{n}",
            resolution=32,
        )
        for n, folder in ((10, "cifar-10-batches-py"), (100, "cifar-100-python"))
        for suffix, part, count in (("", "train", "50,000 training"), ("-test", "test", "10,000 test"))
    },
    **{
        f"svhn{suffix}": KnownSet(
            summary=f"the {count} house-number digits of SVHN",
            source=f"SVHN, {part} part, by Netzer et al. (2011)",
            read=partial(_svhn, part=part),
            files=f"{part}_32x32.mat",
            fetch=f"SVHN:{part}",
            resolution=32,
        )
        for suffix, part, count in (("", "train", "73,257 training"), ("-test", "test", "26,032 test"))
    },
    **{
        f"stl10{suffix}": KnownSet(
            summary=f"the {count} pictures of STL-10",
            source=f"STL-10, {part} part, by Coates, Ng and Lee (2011)",
            read=partial(_stl10, part=part),
            files=f"the folder that holds {part}_X.bin",
            fetch="STL10",
            resolution=96,
        )
        for suffix, part, count in (
            ("", "train", "5,000 training"),
            ("-test", "test", "8,000 test"),
            ("-unlabeled", "unlabeled", "100,000 unlabelled"),
        )
    },
    "celeba": KnownSet(
        summary="the 202,599 faces of CelebA, with 40 attributes",
        source="CelebA, by Liu et al. (2015, arXiv:1411.7766)",
        read=_celeba,
        files="a folder with img_align_celeba(.zip) and list_attr_celeba.txt or .csv",
        fetch="CelebA",
        resolution=128,
    ),
    "celeba-hq": KnownSet(
        summary="the 30,000 faces of CelebA-HQ",
        source="CelebA-HQ, by Karras et al. (2018, arXiv:1710.10196)",
        read=_pictures,
        files="its folder or zip of pictures",
    ),
    "ffhq": KnownSet(
        summary="the 70,000 faces of FFHQ",
        source="FFHQ, by Karras et al. (2019, arXiv:1812.04948)",
        read=_pictures,
        files="its folder or zip of pictures, such as thumbnails128x128",
    ),
    "lsun": KnownSet(
        summary="one category of LSUN",
        source="LSUN, by Yu et al. (2015, arXiv:1506.03365)",
        read=_pictures,
        files="the folder of one category, such as church_outdoor_train_lmdb, or of its pictures",
    ),
    **generated.SETS,
}
