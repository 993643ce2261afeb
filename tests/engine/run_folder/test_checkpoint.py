from __future__ import annotations

import json
import os
import pickle
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from ganstudio.engine.conformance import differing
from ganstudio.engine.run_folder import checkpoint
from ganstudio.errors import UsageError


def state(nimg: int, best: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The least that a session saves."""
    return {"progress": {"nimg": nimg, "best": best}, **more}


def kept(run: Path) -> list[int]:
    return [checkpoint.nimg_of(path) for path in checkpoint.all_checkpoints(run)]


class Payload:
    """What a pickle runs when it is read: makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_a_checkpoint_comes_back_bit_for_bit(tmp_path: Path) -> None:
    drawn = torch.randn(3, 4, 2, 2, generator=torch.Generator().manual_seed(0))
    saved = state(
        1024,
        {"score": 12.5, "nimg": 512},
        nets={"critics": {"critic": {"weight": drawn, "half": drawn.bfloat16(), "seen": torch.tensor(3)}}},
        rng={"cpu": torch.get_rng_state()},
        optimizers={
            "d": {"param_groups": [{"lr": 2e-4, "betas": (0.5, 0.999), "params": [0, 1]}], "state": {0: drawn}}
        },
        adaptive={"p": 0.1 + 0.2, "signs": torch.tensor([-0.0, float("inf"), 1e-45])},
    )
    path = checkpoint.save(tmp_path, saved)
    loaded = checkpoint.load(path)
    assert path == tmp_path / "checkpoints" / "0000001024.pt"
    assert loaded.pop("format") == checkpoint.FORMAT
    assert differing(saved, loaded) == []
    assert loaded["nets"]["critics"]["critic"]["half"].dtype == torch.bfloat16
    assert torch.equal(torch.signbit(loaded["adaptive"]["signs"]), torch.tensor([True, False, False]))


def test_the_pointers_name_the_last_and_the_best(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state(0))
    assert not (tmp_path / "checkpoints" / "best.json").exists()
    checkpoint.save(tmp_path, state(500, {"score": 9.0, "nimg": 500}))
    checkpoint.save(tmp_path, state(1000, {"score": 9.0, "nimg": 500}))
    last, best = (json.loads((tmp_path / "checkpoints" / f"{name}.json").read_text()) for name in ("last", "best"))
    assert last == {"file": "0000001000.pt", "nimg": 1000}
    assert best == {"file": "0000000500.pt", "nimg": 500, "score": 9.0}


@pytest.mark.parametrize(
    "share",
    [
        0.0,
        0.01,
        0.5,
        0.99,
    ],
)
def test_a_truncated_checkpoint_is_an_error_that_names_the_file(share: float, tmp_path: Path) -> None:
    path = checkpoint.save(tmp_path, state(0, nets={"w": torch.zeros(500)}))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(UsageError) as error:
        checkpoint.load(path)
    assert str(path) in error.value.message


def test_a_checkpoint_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such checkpoint"):
        checkpoint.load(tmp_path / "0000000000.pt")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")  # torch's, before it refuses
@pytest.mark.parametrize("dressed", [False, True], ids=["a bare pickle", "in torch's own format"])
def test_a_pickle_that_carries_code_is_refused_and_its_code_never_runs(dressed: bool, tmp_path: Path) -> None:
    path, trace = tmp_path / "0000000000.pt", tmp_path / "was here"
    content = {"format": checkpoint.FORMAT, **state(0, nets=Payload(trace))}
    if dressed:
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps(content))
    with pytest.raises(UsageError, match="refused: it is no checkpoint of tensors and plain values"):
        checkpoint.load(path)
    assert not trace.exists()
    torch.load(path, weights_only=False) if dressed else pickle.loads(path.read_bytes())
    assert trace.exists()  # the payload was a live one


@pytest.mark.parametrize(
    "content",
    [{"progress": {"nimg": 0, "best": None}}, {"format": 99}, [1, 2], torch.zeros(3)],
    ids=["no format", "99", "list", "tensor"],
)
def test_a_file_of_tensors_in_another_format_is_refused(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "0000000000.pt"
    torch.save(content, path)
    with pytest.raises(UsageError, match="is no ganstudio checkpoint of format 1"):
        checkpoint.load(path)


@pytest.mark.parametrize(
    "content",
    [b"not a checkpoint at all\n", b"\x89PNG\r\n\x1a\n", b"{}", b"\x00" * 64],
    ids=["text", "png", "json", "zeros"],
)
def test_any_other_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "0000000000.pt"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=str(path)):
        checkpoint.load(path)


def test_a_save_that_fails_leaves_no_file_and_keeps_what_was_there(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state(0, nets=torch.zeros(3)))
    before = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    with pytest.raises((pickle.PicklingError, AttributeError)):
        checkpoint.save(tmp_path, state(100, nets=torch.zeros(3), fault=lambda: None))
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == before
    assert checkpoint.load(checkpoint.choose(tmp_path, "last"))["progress"]["nimg"] == 0


def test_the_newest_readable_checkpoint_is_taken_and_each_damaged_newer_one_named(tmp_path: Path) -> None:
    paths = [checkpoint.save(tmp_path, state(nimg)) for nimg in (0, 100, 200, 300)]
    for path in paths[2:]:
        path.write_bytes(path.read_bytes()[:100])
    loaded, path, damaged = checkpoint.load_newest(tmp_path)
    assert (loaded["progress"]["nimg"], path) == (100, paths[1])
    assert [message.split(":")[0] for message in damaged] == [str(paths[3]), str(paths[2])]


def test_where_no_checkpoint_can_be_read_the_error_names_them_all(tmp_path: Path) -> None:
    paths = [checkpoint.save(tmp_path, state(nimg)) for nimg in (0, 100)]
    for path in paths:
        path.write_bytes(b"torn")
    with pytest.raises(UsageError) as error:
        checkpoint.load_newest(tmp_path)
    assert all(str(path) in error.value.message for path in (tmp_path, *paths))


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[int]]]:
    """200 saves, 500 images apart, the best at 31,500; and what was kept after each."""
    run = tmp_path_factory.mktemp("run")
    history = []
    for nimg in range(0, 100_000, 500):
        checkpoint.save(run, state(nimg, {"score": 1.0, "nimg": 31_500} if nimg >= 31_500 else None))
        history.append(kept(run))
    return run, history


def test_over_200_saves_the_last_two_and_the_best_are_always_there(long_run: tuple[Path, list[list[int]]]) -> None:
    for saves, there in enumerate(long_run[1], start=1):
        assert there[-2:] == [500 * i for i in range(max(saves - 2, 0), saves)]
        assert 31_500 in there or saves <= 63


def test_over_200_saves_at_most_thirteen_files_are_kept(long_run: tuple[Path, list[list[int]]]) -> None:
    assert max(map(len, long_run[1])) <= 13


def test_over_200_saves_what_is_kept_is_spread_over_the_run(long_run: tuple[Path, list[list[int]]]) -> None:
    # a remedy looks for a checkpoint before things went wrong: no stretch is without one, and the first stays
    for there in long_run[1][25:]:
        assert there[0] == 0
        gaps = [b - a for a, b in pairwise(there)]
        assert max(gaps) <= there[-1] / 4


def test_best_last_and_kimg_choose_a_checkpoint(long_run: tuple[Path, list[list[int]]]) -> None:
    run, history = long_run
    first = history[-1][1]
    chosen = [
        checkpoint.nimg_of(checkpoint.choose(run, which)) for which in ("best", "last", "0", f"{first / 1000 + 0.2}")
    ]
    assert chosen == [31_500, 99_500, 0, first]


def test_without_a_score_the_last_is_the_best(tmp_path: Path) -> None:
    paths = [checkpoint.save(tmp_path, state(nimg)) for nimg in (0, 100)]
    assert checkpoint.choose(tmp_path, "best") == paths[-1]


def test_a_kimg_that_was_not_kept_is_answered_with_those_that_were(tmp_path: Path) -> None:
    for nimg in (0, 1500, 20_000):
        checkpoint.save(tmp_path, state(nimg))
    with pytest.raises(UsageError, match=r"has no checkpoint at 7 kimg\. Kept: 0, 1\.5, 20\."):
        checkpoint.choose(tmp_path, "7")


@pytest.mark.parametrize(
    "which",
    ["newest", "", "nan"],
)
def test_any_other_choice_is_an_error(which: str, tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state(0))
    with pytest.raises(UsageError, match="must be best, last or a number of kimg"):
        checkpoint.choose(tmp_path, which)


def test_a_run_without_a_checkpoint_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no checkpoint yet"):
        checkpoint.choose(tmp_path, "best")


def test_a_torn_or_foreign_file_is_no_checkpoint(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, state(0))
    for name in (".0000000500.pt.17.tmp", "mine.pt", "0000000500.json"):
        (tmp_path / "checkpoints" / name).write_bytes(b"")
    assert kept(tmp_path) == [0]
