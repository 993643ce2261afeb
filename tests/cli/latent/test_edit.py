"""ganstudio edit: what it draws, names and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ganstudio.inference.exports import DIRECTIONS
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import grid, to_pixels
from tests.cli.conftest import Program
from tests.cli.sample.sample_files import metadata_of, pixels_of
from tests.inference.generators import STYLE_Z, write_generator


def refusal(ganstudio: Program, *arguments: str) -> str:
    """What it said, having left with 2 and written nothing."""
    before = sorted(Path.cwd().rglob("*"))
    ended = ganstudio(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert sorted(Path.cwd().rglob("*")) == before
    return ended.err


def test_several_directions_add_up_in_z(dcgan: LatentModel, here: Path, ganstudio: Program) -> None:
    ended = ganstudio("edit", "--seed", "0-3", "--direction", "thickness=+1.5", "--direction", "slant=-1")
    made = here / "dcgan-seed0-3-thickness+1.5-slant-1.png"
    assert (ended.code, ended.out) == (0, f"{made}\n")
    z = latents(range(4), 100)
    z[:, 0] += 1.5
    z[:, 1] -= 1
    np.testing.assert_array_equal(pixels_of(made), grid(to_pixels(dcgan.whole.generate(z)), 2)[:, :, 0])
    told = metadata_of(made)
    assert (told["Directions"], told["Seed"]) == ("thickness=+1.5, slant=-1", "0-3")
    assert "Layers" not in told


def test_strength_0_draws_what_sample_draws(dcgan: LatentModel, ganstudio: Program) -> None:
    assert ganstudio("sample", "--seed", "0-8", "--out", "a.png").code == 0
    assert ganstudio("edit", "--seed", "0-8", "--direction", "slant=0", "--out", "b.png").code == 0
    np.testing.assert_array_equal(pixels_of("a.png"), pixels_of("b.png"))


def test_styles_move_in_the_layers_that_are_named_after_truncation(
    styled: LatentModel, here: Path, ganstudio: Program
) -> None:
    ended = ganstudio(
        *("edit", "--seed", "5", "--direction", "slant=2", "--layers", "1-3"),
        *("--psi", "0.5", "--cutoff", "2", "--out", "folder", "--json"),
    )
    assert ended.code == 0
    ws = styled.latents(latents([5], STYLE_Z))
    ws[:, :2] = styled.mean[:2] + 0.5 * (ws[:, :2] - styled.mean[:2])
    ws[:, 1:3, 1] += 2
    made = here / "folder" / "stylegan-seed5-slant+2-layers1-3-psi0.5-cutoff2.png"
    wanted = to_pixels(styled.images(ws, seeds=[5]))[0, :, :, 0]
    np.testing.assert_allclose(pixels_of(made).astype(int), wanted, atol=1)
    told = json.loads(ended.out)
    assert told["directions"] == {"slant": 2.0}
    assert (told["layers"], told["psi"], told["cutoff"], told["centres"]) == ("1-3", 0.5, 2, 1)
    assert [one["path"] for one in told["pictures"]] == [str(made)]
    words = metadata_of(made)
    assert (words["Layers"], words["Cutoff"], words["Psi"]) == ("1-3", "2", "0.5")


def test_latents_of_a_file_are_moved_too(dcgan: LatentModel, here: Path, ganstudio: Program) -> None:
    z = latents([8, 9], 100)
    np.savez("mine.npz", z=z)
    assert ganstudio("edit", "--latent", "mine.npz", "--direction", "slant=1", "--out", "a.npz").code == 0
    z[:, 1] += 1
    with np.load("a.npz") as found:
        np.testing.assert_array_equal(found["images"], to_pixels(dcgan.whole.generate(z)))


def test_a_strength_beyond_the_reach_is_said_and_drawn(dcgan: LatentModel, ganstudio: Program) -> None:
    ended = ganstudio("edit", "--seed", "1", "--direction", "thickness=-3", "--direction", "slant=9", "--out", "a.png")
    assert ended.code == 0
    assert (
        "thickness=-3: its proof reaches from -2 to +2; half of the pictures beyond, or more, leave the data."
        in ended.err
    )
    assert "slant=+9" not in ended.err


def test_layers_that_a_direction_leaves_are_said(styled: LatentModel, ganstudio: Program) -> None:
    ended = ganstudio("edit", "--seed", "1", "--direction", "slant=1", "--layers", "3", "--out", "a.png")
    assert ended.code == 0
    assert "slant moves nothing in layers 3." in ended.err


def test_plain_leaves_the_words_out(dcgan: LatentModel, ganstudio: Program) -> None:
    assert ganstudio("edit", "--seed", "1", "--direction", "slant=1", "--plain", "--out", "a.png").code == 0
    assert metadata_of("a.png") == {}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--seed", "1"), "--direction: along which? Give NAME=STRENGTH. Known: slant, thickness."),
        (("--seed", "1", "--direction", "slnt=1"), "Did you mean 'slant'?"),
        (("--seed", "1", "--direction", "slant"), "is no NAME=STRENGTH"),
        (("--seed", "1", "--direction", "slant=1", "--direction", "slant=2"), "--direction slant: is given twice"),
        (("--seed", "1", "--direction", "slant=1", "--layers", "coarse"), "dcgan has no layers to choose from"),
        (("--seed", "1", "--direction", "slant=1", "--psi", "0.5"), "--psi: dcgan has no truncation"),
        (("--direction", "slant=1"), "which seeds?"),
        (("--seed", "1", "--direction", "slant=1", "--class", "7"), "not conditional"),
        (("--seed", "1", "--direction", "slant=1", "--out", "a.gif"), "a.gif"),
        (("--seed", "1", "--direction", "slant=1", "--centres", "4"), "--centres: dcgan has no styles to work on"),
    ],
)
def test_what_cannot_be_is_refused(
    dcgan: LatentModel, ganstudio: Program, arguments: tuple[str, ...], told: str
) -> None:
    assert told in refusal(ganstudio, "edit", *arguments)


def test_directions_of_another_model_are_refused(dcgan: LatentModel, here: Path, ganstudio: Program) -> None:
    write_generator(here / "exports" / "other.onnx", sha256="cd" * 32)
    theirs = here / "exports" / f"other{DIRECTIONS}"
    theirs.write_bytes((here / "exports" / f"dcgan{DIRECTIONS}").read_bytes())
    told = refusal(ganstudio, "edit", "--model", "other", "--seed", "1", "--direction", "slant=1")
    assert "holds directions of another model" in told


def test_sample_truncates_through_the_halves_for_a_cutoff_and_centres(styled: LatentModel, ganstudio: Program) -> None:
    for name, more in (("a", ()), ("b", ("--cutoff", "4")), ("c", ("--cutoff", "2")), ("d", ("--centres", "8"))):
        assert ganstudio("sample", "--seed", "0-8", "--psi", "0.3", *more, "--out", f"{name}.png").code == 0
    whole, all_layers, two, centres = (pixels_of(f"{name}.png").astype(int) for name in "abcd")
    assert np.abs(all_layers - whole).max() <= 1
    assert np.abs(two - whole).max() > 1
    assert np.abs(centres - whole).max() > 1
    assert (metadata_of("c.png")["Cutoff"], metadata_of("d.png")["Centres"]) == ("2", "8")
    assert "--cutoff: changes nothing" in refusal(ganstudio, "sample", "--seed", "1", "--cutoff", "2")


def test_editing_imports_no_torch_and_no_onnx(dcgan: LatentModel) -> None:
    program = (
        "import sys; from ganstudio.cli.app import run;"
        "assert run(['edit', '--seed', '1', '--direction', 'slant=1']) == 0;"
        "print([name for name in ('torch', 'onnx', 'ganstudio.engine', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
