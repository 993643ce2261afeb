"""What `ganstudio data check` says: numbers, and plain sentences that end in a command."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from ganstudio.cli.output import paint, print_json, print_table, progress, say
from ganstudio.cli.suggestion import training
from ganstudio.data.store import free_name

if TYPE_CHECKING:
    from ganstudio.data.inspect import Groups, PixelFindings
    from ganstudio.data.manifest import Manifest
    from ganstudio.data.store import DataSet

UNBALANCED = 3.0  # largest class to smallest
FEW = 2000  # images, below which a critic soon knows them by heart
_BAR = 30
_LISTED = 40  # classes
_EXAMPLES = 5


def report(data: DataSet, as_json: bool) -> None:
    """Checks the pixels, which is remembered, and prints what was found."""
    from ganstudio.data import inspect

    found = inspect.check(data, progress(f"checking {data.manifest.name}"))
    advice = _advice(data, found)
    if as_json:
        more = {"balance": _balance(data.manifest), "sources": data.manifest.sources_json(), "advice": advice}
        print_json({**data.manifest.as_json(), **findings_json(data, found), **more})
        return
    _print_classes(data.manifest)
    _print_counts(data, found)
    _print_sources(data.manifest)
    for sentence in advice:
        say(f"- {sentence}")


def findings_json(data: DataSet, found: PixelFindings | None) -> dict[str, Any]:
    """The keys that a check adds to a data set's; null where it was not checked, or where that went too far."""
    manifest = data.manifest
    names = _files(data) if found else None

    def entry(place: int) -> dict[str, Any]:
        return {"index": place, "file": names[place] if names else None}

    def groups(given: Groups | None) -> list[list[dict[str, Any]]] | None:
        return None if given is None else [[entry(place) for place in group] for group in given]

    return {
        "skipped": manifest.skipped_json(),
        "skipped_reasons": dict(_reasons(manifest)),
        "duplicates": groups(found.duplicates if found else None),
        "near_duplicates": groups(found.near if found else None),
        "blank": [entry(place) for place in found.blank] if found else None,
    }


def _files(data: DataSet) -> list[str] | None:
    """The file that each image came from, where the source folder is as it was."""
    from ganstudio.data.derive import source_if_unchanged
    from ganstudio.data.sources.source import Listing

    listing = source_if_unchanged(data.manifest)
    if not isinstance(listing, Listing):
        return None
    left_out = {entry.file for entry in data.manifest.skipped}
    names = [picture.name for picture in listing.pictures if picture.name not in left_out]
    return names if len(names) == data.manifest.count else None


def _balance(manifest: Manifest) -> dict[str, Any] | None:
    if not manifest.classes:
        return None
    counts = [count for count in manifest.class_counts if count]
    empty = [name for name, count in zip(manifest.classes, manifest.class_counts, strict=True) if not count]
    return {"largest": max(counts), "smallest": min(counts), "ratio": max(counts) / min(counts), "empty": empty}


def _reasons(manifest: Manifest) -> list[tuple[str, int]]:
    """How many files were skipped for what; particulars, after a colon, are left out."""
    return Counter(entry.reason.partition(":")[0] for entry in manifest.skipped).most_common()


def _print_classes(manifest: Manifest) -> None:
    classes = list(zip(manifest.classes, manifest.class_counts, strict=True))
    if not classes:
        return
    if len(classes) > _LISTED:
        classes.sort(key=lambda one: -one[1])
        print(f"{len(classes)} classes; the {_LISTED // 2} largest and the {_LISTED // 2} smallest:")
        classes = classes[: _LISTED // 2] + classes[-_LISTED // 2 :]
    most = max(manifest.class_counts)
    rows = []
    for name, count in classes:
        bar = paint("█" * round(_BAR * count / most), "cyan", sys.stdout) if sys.stdout.isatty() else ""
        rows.append((name, f"{count:,}", f"{count / manifest.count:.1%}", bar))
    print_table(("class", manifest.noun, "share", ""), rows, right=(1, 2))
    print()


def _print_counts(data: DataSet, found: PixelFindings) -> None:
    rows = []
    for what, groups in (("equal", found.duplicates), ("nearly equal", found.near)):
        if groups is None:
            rows.append((what, "–", "too many are alike at a glance to compare them all"))
        else:
            rows.append((what, f"{sum(map(len, groups)):,}", f"in {len(groups):,} groups" if groups else ""))
    rows.append(("blank", f"{len(found.blank):,}", ""))
    reasons = ", ".join(f"{reason} ({count:,})" for reason, count in _reasons(data.manifest))
    rows.append(("skipped files", f"{len(data.manifest.skipped):,}", reasons))
    print_table(("found", data.manifest.noun, ""), rows, right=(1,))
    print()
    blank = tuple((place,) for place in found.blank)
    examples = [("equal", found.duplicates), ("near", found.near or ()), ("blank", blank)]
    names = _files(data)
    for what, groups in examples:
        for group in groups[:_EXAMPLES]:
            say(f"{what:<7} {' = '.join(names[place] if names else f'number {place}' for place in group[:3])}")
    if any(groups for _, groups in examples):
        print()


def _print_sources(manifest: Manifest) -> None:
    if manifest.sources is None:
        return
    low, middle, high = manifest.sources.short_sides
    print(f"short sides  {low} to {high} px, half of them up to {middle}")
    for what, counts in (
        ("sizes", manifest.sources.sizes),
        ("modes", manifest.sources.modes),
        ("formats", manifest.sources.formats),
    ):
        told = ", ".join(f"{name} ({count:,})" for name, count in list(counts.items())[:_EXAMPLES])
        say(f"{what:<11}  {told}{', ...' if len(counts) > _EXAMPLES else ''}")
    print()


def _advice(data: DataSet, found: PixelFindings) -> list[str]:
    """Sentences: what this means for a training, and what to type."""
    manifest, name, noun = data.manifest, data.manifest.name, data.manifest.noun
    preset = "dcgan" if manifest.depth is None else "gan"
    again = _again(data) if manifest.packing else None
    told = [*manifest.notes, *_on_classes(data, found)]
    if copies := sum(len(group) - 1 for group in found.duplicates):
        told.append(f"{copies:,} {noun} repeat others exactly: a GAN draws those more often.")
    if found.near:
        told.append(
            f"{sum(map(len, found.near)):,} {noun} in {len(found.near):,} groups are nearly equal: they count as "
            f"copies, and must not be parted between training and test data."
        )
    if found.blank:
        shown = f" White on transparent shows over another ground: {again} --background gray" if again else ""
        told.append(f"{len(found.blank):,} {noun} are blank, and a GAN learns to draw blanks.{shown}")
    if again and (found.duplicates or found.near or found.blank):
        told.append(
            f"To be rid of these: ganstudio data check {name} --json names the files; remove some, then {again}"
        )
    if manifest.skipped:
        told.append(f"{len(manifest.skipped):,} files were skipped, each with its reason: ganstudio data show {name}")
    if words := manifest.enlarged_words(manifest.resolution):
        smaller = f" Smaller trains faster: {again} --size {manifest.own_resolution}" if again else ""
        told.append(f"{words[0].upper()}{words[1:]}.{smaller}")
    if manifest.count < FEW:
        told.append(
            f"{manifest.count:,} {noun} are few: the critic soon knows them by heart. Augmentation puts that off: "
            + training(preset, name, manifest.count, "augmentation.p.kind=constant")
        )
    return told or [f"Nothing stands out: {training(preset, name, manifest.count)}"]


def _again(data: DataSet) -> str:
    """The `data add` that packs the same pictures in the same way under a name that is free."""
    from ganstudio.data.run_data import add_command, data_record

    return str(add_command(data_record(data), free_name(f"{data.manifest.name.partition('@')[0]}-2")))


def _on_classes(data: DataSet, found: PixelFindings) -> list[str]:
    manifest = data.manifest
    balance, told = _balance(manifest), []
    if balance is None:
        return []
    if balance["ratio"] >= UNBALANCED:
        largest, smallest = (
            manifest.classes[manifest.class_counts.index(balance[which])] for which in ("largest", "smallest")
        )
        told.append(
            f"The classes are unbalanced: {largest} has {balance['ratio']:.1f} times the {manifest.noun} of "
            f"{smallest}. A conditional model learns the small ones too, and can fill them up: "
            f"{training('cgan', manifest.name, manifest.count)} && ganstudio augment --data {manifest.name} "
            f"--model latest --balance --name {free_name(f'{manifest.name}-balanced')}"
        )
    if balance["empty"]:
        told.append(f"Nothing is of class {', '.join(balance['empty'])}: no model can learn it.")
    labels = data.labels()
    torn = 0 if labels is None else sum(len({int(labels[place]) for place in g}) > 1 for g in found.duplicates)
    if torn:
        told.append(f"{torn:,} groups of equal {manifest.noun} are of more than one class: their labels contradict.")
    return told
