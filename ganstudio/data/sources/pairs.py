"""Folders that make one data set together: pictures and what each is made from, and domains of a translation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ganstudio.data.manifest import SkippedFile
from ganstudio.data.sources.source import Listing, Picture
from ganstudio.errors import DataError, UsageError
from ganstudio.workspace import digest_of

_NAMED = 3  # files, in a message


def pair(sources: Listing, targets: Listing) -> Listing:
    """`targets`, each picture with the one of `sources` that has its name as its partner.

    A name counts with its sub-folders and without its ending: a/1.jpg goes with a/1.png. What has no partner is
    skipped. Raises DataError where no two names agree.
    """
    of_sources, of_targets = _by_stem(sources.pictures), _by_stem(targets.pictures)
    pairs, skipped = [], [*sources.skipped, *targets.skipped]
    for stem, alike in of_targets.items():
        partners = of_sources.get(stem, [])
        if len(alike) == len(partners) == 1:
            pairs.append((alike[0], partners[0]))
        else:
            skipped += _unpaired(alike, partners, sources.root, targets.root)
    for stem, alone in of_sources.items():
        if stem not in of_targets:
            skipped += _unpaired(alone, [], targets.root, sources.root)
    if not pairs:
        raise DataError(
            f"{sources.root} and {targets.root}: no file of one has the name of one of the other "
            f"({_names(sources.pictures)}; {_names(targets.pictures)}).",
            hint="Give both pictures of a pair the same name, or: ganstudio data add A B --domains",
        )
    return replace(
        targets,
        root=sources.root,
        pictures=tuple(picture for picture, _ in pairs),
        partners=tuple(partner for _, partner in pairs),
        skipped=tuple(sorted(skipped)),
        fingerprint=digest_of([sources.fingerprint, targets.fingerprint]),
        notes=(*sources.notes, *targets.notes),
    )


def halves(listing: Listing) -> Listing:
    """`listing` with the right half of each picture as the picture, and the left half as its partner."""
    return replace(
        listing,
        pictures=tuple(_half(picture, "right") for picture in listing.pictures),
        partners=tuple(_half(picture, "left") for picture in listing.pictures),
        fingerprint=digest_of([listing.fingerprint, "halves"]),
    )


def domains(listings: Sequence[Listing]) -> Listing:
    """The pictures of all, each labelled by the name of its folder, in the order given.

    Raises UsageError where two folders have one name.
    """
    names = [listing.root.stem if listing.root.is_file() else listing.root.name for listing in listings]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"--domains: two of them are called {repeated}, and a domain is called as its folder is.")
    pictures: list[Picture] = []
    skipped: list[SkippedFile] = []
    for name, listing in zip(names, listings, strict=True):
        pictures += [p._replace(name=f"{name}/{p.name}", label=name) for p in listing.pictures]
        skipped += [SkippedFile(f"{name}/{entry.file}", entry.reason) for entry in listing.skipped]
    return Listing(
        listings[0].root,
        tuple(pictures),
        tuple(skipped),
        digest_of(listing.fingerprint for listing in listings),
        notes=tuple(note for listing in listings for note in listing.notes),
        domains=tuple(names),
    )


def _half(picture: Picture, half: str) -> Picture:
    return picture._replace(location=picture.location._replace(half=half))


def _by_stem(pictures: Iterable[Picture]) -> Mapping[str, list[Picture]]:
    found = defaultdict[str, list[Picture]](list)
    for picture in pictures:
        found[str(PurePosixPath(picture.name).with_suffix(""))].append(picture)
    return found


def _unpaired(pictures: Sequence[Picture], partners: Sequence[Picture], there: Path, here: Path) -> list[SkippedFile]:
    """Those `pictures` of the folder `here` that have no partner in the folder `there`, or several."""
    if not partners:
        return [SkippedFile(f"{here.name}/{picture.name}", f"no file of its name in {there}") for picture in pictures]
    several = f"several files of its name: {_names([*pictures, *partners])}"
    return [SkippedFile(f"{here.name}/{picture.name}", several) for picture in pictures]


def _names(pictures: Sequence[Picture]) -> str:
    return ", ".join(p.name for p in pictures[:_NAMED]) + (", ..." if len(pictures) > _NAMED else "")
