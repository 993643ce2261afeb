"""`ganstudio data check`: prints what was found, as tables and sentences or as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ganstudio.cli.output import paint, print_json, print_table, progress, say
from ganstudio.cli.suggestion import train_command
from ganstudio.data.store import free_name
from ganstudio.report.checks import Checked, counts, examples, of_findings, reasons
from ganstudio.report.data import balance
from ganstudio.report.data_advice import Commands, advice

if TYPE_CHECKING:
    from ganstudio.data.inspect import Groups, PixelFindings
    from ganstudio.data.manifest import Manifest
    from ganstudio.data.store import DataSet

_BAR = 30
_LISTED = 40  # classes
_COMMONEST = 5  # sizes, modes and formats


def report(data: DataSet, as_json: bool) -> None:
    """Checks the pixels, remembers the findings, and prints them."""
    from ganstudio.data import inspect

    manifest = data.manifest
    found = inspect.check(data, progress(f"checking {manifest.name}"))
    lines = advice(manifest, found, data.labels(), _commands(data))
    if as_json:
        even = balance(manifest)
        more = {"balance": even and even.as_json(), "sources": manifest.sources_json(), "advice": lines}
        print_json({**manifest.as_json(), **findings_json(data, found), **more})
        return
    _print_classes(manifest)
    _print_found(of_findings(found, manifest, _files(data)))
    _print_sources(manifest)
    for line in lines:
        say(f"- {line}")


def _commands(data: DataSet) -> Commands:
    """The commands that may be typed next: names in them are free, and a batch is one that the images fill."""
    from ganstudio.data.run_data import add_command, data_record

    manifest, again = data.manifest, None
    if manifest.packing:
        again = str(add_command(data_record(data), free_name(f"{manifest.name.partition('@')[0]}-2")))

    def train(preset: str, *settings: str) -> str:
        return train_command(preset, manifest.name, manifest.count, *settings)

    return Commands(again, train, free_name(f"{manifest.name}-balanced"))


def findings_json(data: DataSet, found: PixelFindings | None) -> dict[str, Any]:
    """The JSON keys that a check adds to a data set's; null where it was not checked, or had too many look-alikes."""
    manifest = data.manifest
    names = _files(data) if found else None

    def entry(place: int) -> dict[str, Any]:
        return {"index": place, "file": names[place] if names else None}

    def groups(given: Groups | None) -> list[list[dict[str, Any]]] | None:
        return None if given is None else [[entry(place) for place in group] for group in given]

    return {
        "skipped": manifest.skipped_json(),
        "skipped_reasons": reasons(manifest.skipped),
        "duplicates": groups(found.duplicates if found else None),
        "near_duplicates": groups(found.near if found else None),
        "blank": [entry(place) for place in found.blank] if found else None,
    }


def _files(data: DataSet) -> list[str] | None:
    """The file that each image came from, where the source folder is as it was."""
    from ganstudio.data.derived.derived_sets import source_if_unchanged
    from ganstudio.data.sources.source import Listing

    listing = source_if_unchanged(data.manifest)
    if not isinstance(listing, Listing):
        return None
    left_out = {entry.file for entry in data.manifest.skipped}
    names = [picture.name for picture in listing.pictures if picture.name not in left_out]
    return names if len(names) == data.manifest.count else None


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


def _print_found(checked: Checked) -> None:
    for fact in counts(checked):
        say(f"{fact.label:<13} {fact.value}")
    print()
    named = examples(checked)
    for fact in named:
        say(f"{fact.label:<13} {fact.value}")
    if named:
        print()


def _print_sources(manifest: Manifest) -> None:
    if manifest.sources is None:
        return
    low, middle, high = manifest.sources.short_sides
    print(f"short sides  {low} to {high} px, half of them up to {middle}")
    for what, kinds in (
        ("sizes", manifest.sources.sizes),
        ("modes", manifest.sources.modes),
        ("formats", manifest.sources.formats),
    ):
        texts = ", ".join(f"{name} ({count:,})" for name, count in list(kinds.items())[:_COMMONEST])
        say(f"{what:<11}  {texts}{', ...' if len(kinds) > _COMMONEST else ''}")
    print()
