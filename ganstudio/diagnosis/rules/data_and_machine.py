"""What a training depends on: its images, its machine and its length."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ganstudio.diagnosis.case import AUGMENT, Case
from ganstudio.diagnosis.finding import Finding

VERY_FEW, FEW = 500, 2000  # images
REPEATED, MOSTLY_REPEATED = 0.05, 0.3  # share of images that are another one's copy
BLANK = 0.02  # share of images of one colour
UNEVEN = 10.0  # images of the largest class for one of the smallest
SLOW_DATA = 0.25  # share of the time that goes into reading images
SWAPPED = 256 * 2**20  # bytes
SETTLED_S = 15.0  # of training, before its rate says how long it takes
DAY_S = 86400.0
WEEK = 7.0  # days


def data_trouble(case: Case) -> Iterator[Finding]:
    if case.state.data_seen:
        yield from _few_images(case, case.state.data_seen)
        yield from _spoiled_images(case, case.state.data_seen)
        if _reads_classes(case, case.state.data_seen):
            yield from _uneven_classes(case, case.state.data_seen["class_counts"])


def _reads_classes(case: Case, seen: dict[str, Any]) -> bool:
    """Whether the networks get the classes as input; the options say so for a run of an earlier version."""
    return bool(seen.get("conditional", case.knobs("architecture").get("label_dim")))


def _few_images(case: Case, seen: dict[str, Any]) -> Iterator[Finding]:
    count, very = seen["count"], seen["count"] < VERY_FEW
    if count < FEW and case.knobs("training").get("critic_steps", 1):
        yield Finding(
            "data_trouble",
            "error" if very else "warning",
            f"There are {'very ' if very else ''}few images: the critic will know them by heart.",
            f"{count} images train; below {FEW:,} they are few, below {VERY_FEW} very few",
            (0.0, case.kimg),
            () if case.recipe.get("augmentation") else AUGMENT,
            0.92 if very else 0.5,
            advice=case.more_images,
        )


def _spoiled_images(case: Case, seen: dict[str, Any]) -> Iterator[Finding]:
    checked = max(seen["checked"], 1)
    mostly = seen["repeated"] > MOSTLY_REPEATED * checked
    for number, most, what, grave in (
        ("repeated", REPEATED, "are copies of others: the generator will show them again and again", mostly),
        ("blank", BLANK, "are of one colour", False),
    ):
        share = seen[number] / checked
        if share > most:
            yield Finding(
                "data_trouble",
                "error" if grave else "warning",
                f"{'Most' if share > 0.5 else 'Some'} images {what}.",
                f"{seen[number]:,} of {checked:,} images that were looked at; more than {most:.0%} is too much",
                (0.0, case.kimg),
                confidence=0.95 if grave else 0.6,
                advice=f"ganstudio data check {case.data} names them",
            )


def _uneven_classes(case: Case, counts: list[int]) -> Iterator[Finding]:
    present = [count for count in counts if count]
    if len(present) > 1 and max(present) > UNEVEN * min(present):
        yield Finding(
            "data_trouble",
            "warning",
            "The classes are uneven: the rare ones will hardly be learned.",
            f"{max(present):,} images are in the largest class, {min(present):,} in the smallest",
            (0.0, case.kimg),
            advice=f"ganstudio data check {case.data} shows how they could be filled up",
        )


def throughput_trouble(case: Case) -> Iterator[Finding]:
    share, swapped, training = case.late("data_share"), case.late("swapped_bytes"), case.knobs("training")
    at_once = int(training.get("micro_batch") or training.get("batch", 4))
    if share is not None and share.mean > SLOW_DATA:
        yield Finding(
            "throughput_trouble",
            "warning",
            "The networks wait for images.",
            f"{share.mean:.0%} of the time goes into reading them; more than {SLOW_DATA:.0%} is much",
            share.kimg,
            (),
            0.7,
            advice="put the data on a faster disk, or in memory: GANSTUDIO_DATA=/dev/shm",
        )
    if swapped is not None and swapped.mean > SWAPPED:
        yield Finding(
            "throughput_trouble",
            "warning",
            "The machine is out of memory and moves this run to disk.",
            f"{swapped.mean / 2**30:.1f} GB of it are there",
            swapped.kimg,
            (f"training.micro_batch={_divisor(int(training.get('batch', at_once)), at_once // 4)}",),
            0.8,
        )


def _divisor(batch: int, most: int) -> int:
    """The largest number up to `most` that divides `batch`, as a micro-batch must."""
    return next(number for number in range(max(most, 1), 0, -1) if batch % number == 0)


def _rounded_down(kimg: float, least: float) -> float:
    """`kimg` rounded down to one digit, 3,456 -> 3,000, or to as many as keep it above `least`, trained already."""
    step = 10.0 ** math.floor(math.log10(kimg))
    while kimg // step * step <= least < kimg and step > 0.001:
        step /= 10
    return kimg // step * step


def length_out_of_reach(case: Case) -> Iterator[Finding]:
    """A length that takes days at the rate so far, where nothing else was asked to end the run before."""
    state, length = case.state, float(case.state.kimg_total or case.knobs("training").get("kimg", 0))
    rate = state.img_per_s or (state.nimg / state.elapsed_s if state.elapsed_s else 0.0)
    if case.ends_early or state.phase in ("finished", "failed") or state.elapsed_s < SETTLED_S or rate <= 0:
        return
    days = (length * 1000 - state.nimg) / rate / DAY_S
    if days <= 1:
        return
    in_a_day = _rounded_down((state.nimg + rate * DAY_S) / 1000, case.kimg)
    seen = case.knobs("data").get("resolution", 0)
    sides = [int(side) for side in (seen if isinstance(seen, list | tuple) else [seen])]
    half = str([side // 2 for side in sides] if len(sides) > 1 else sides[0] // 2).replace(" ", "")
    smaller = f", or smaller images: data.resolution={half} is about four times as fast" if min(sides) >= 32 else ""
    yield Finding(
        "length_out_of_reach",
        "warning" if days > WEEK else "info",
        f"Its {length:g} kimg will take {days:.1f} days more at this rate.",
        f"{rate:,.3g} images a second make {rate * DAY_S / 1000:,.0f} kimg a day",
        (case.kimg, case.kimg),  # a fork goes on from here: nothing that was learnt is at fault
        (f"training.kimg={in_a_day:g}",),
        0.95,
        advice=f"stop it when you like (ganstudio runs stop RUN), give a time (--minutes 480){smaller}; a GPU helps "
        "most",
    )
