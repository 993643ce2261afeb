"""What a check of a data set has found, and what to do about it."""

from __future__ import annotations

from dataclasses import replace

from ganstudio.data.inspect import PixelFindings
from ganstudio.data.manifest import SkippedFile
from ganstudio.report.checks import TOO_MANY, counts, examples, of_findings, of_json
from ganstudio.report.data_advice import Commands, advice
from tests.report.test_data import CLIPS, PETS

FOUND = PixelFindings(duplicates=((0, 2, 4, 6), (1, 3)), near=((5, 7),), blank=(8,))
NOTHING = PixelFindings((), (), ())


def train(preset: str, *settings: str) -> str:
    return " ".join([f"ganstudio train {preset}", *settings])


COMMANDS = Commands("ganstudio data add photos --name pets-2", train, "pets-balanced")


def test_counts_are_warnings_where_there_is_any() -> None:
    assert counts(of_findings(FOUND, PETS)) == [
        ("equal", "6 in 2 groups", "warning"),
        ("nearly equal", "2 in 1 group", "warning"),
        ("blank", "1", "warning"),
        ("skipped", "1: no image (1)", "warning"),
    ]
    assert [fact[1:] for fact in counts(of_findings(NOTHING, CLIPS))] == [("0", "plain")] * 4


def test_what_was_not_compared_is_no_zero() -> None:
    assert counts(of_findings(replace(NOTHING, near=None), CLIPS))[1] == ("nearly equal", TOO_MANY, "warning")


def test_reasons_are_counted_without_their_particulars() -> None:
    skipped = (SkippedFile("a", "no image: text"), SkippedFile("b", "too small"), SkippedFile("c", "no image: pdf"))
    assert counts(of_findings(NOTHING, replace(CLIPS, skipped=skipped)))[3].value == "3: no image (2), too small (1)"


def test_examples_name_files_where_they_are_known() -> None:
    files = [f"{n}.png" for n in range(9)]
    assert [tuple(fact[:2]) for fact in examples(of_findings(FOUND, PETS, files))] == [
        ("equal", "0.png = 2.png = 4.png and 1 more"),
        ("equal", "1.png = 3.png"),
        ("nearly equal", "5.png = 7.png"),
        ("blank", "8.png"),
    ]
    assert examples(of_findings(FOUND, PETS))[0].value == "number 0 = number 2 = number 4 and 1 more"


def test_what_the_command_printed_reads_as_what_it_had_found() -> None:
    def entries(group: tuple[int, ...]) -> list[dict[str, object]]:
        return [{"index": place, "file": None} for place in group]

    printed = {
        "duplicates": [entries(group) for group in FOUND.duplicates],
        "near_duplicates": [entries(group) for group in FOUND.near or ()],
        "blank": entries(FOUND.blank),
        "skipped": [{"file": "notes.txt", "reason": "no image"}],
        "advice": ["Nothing stands out."],
    }
    assert of_json(printed) == replace(of_findings(FOUND, PETS), advice=("Nothing stands out.",))


def test_advice_says_what_each_finding_means() -> None:
    lines = advice(replace(PETS, notes=("Read as told.",)), FOUND, [0, 0, 1, 0, 0, 0, 0, 0, 0], COMMANDS)
    beginnings = (
        "Read as told.",
        "The classes are unbalanced: cat has 3.0 times the images of dog.",
        "Nothing is of class emu",
        "1 groups of equal images are of more than one class",
        "4 images repeat others exactly",
        "2 images in 1 groups are nearly equal",
        "1 images are blank",
        "To be rid of these: ganstudio data check pets --json names the files; remove some, then ganstudio data add "
        "photos --name pets-2",
        "1 files were skipped",
        "The images are enlarged from 16 px to 32 px",
        "1,200 images are few",
    )
    assert len(lines) == len(beginnings)
    for line, beginning in zip(lines, beginnings, strict=True):
        assert line.startswith(beginning)
    end = "ganstudio train cgan && ganstudio augment --data pets --model latest --balance --name pets-balanced"
    assert lines[1].endswith(end)
    assert lines[-1].endswith(": ganstudio train dcgan augmentation.p.kind=constant")


def test_a_set_of_no_files_is_not_packed_again() -> None:
    assert not any("data add" in line for line in advice(PETS, FOUND, None, COMMANDS._replace(again=None)))


def test_a_large_set_of_which_nothing_is_odd_may_be_trained_on() -> None:
    assert advice(replace(CLIPS, count=5000), NOTHING, None, COMMANDS) == ["Nothing stands out: ganstudio train gan"]
