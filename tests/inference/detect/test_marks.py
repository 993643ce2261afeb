"""What follows from marks, alone and together."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ganstudio.inference.detect.folder import read_all
from ganstudio.inference.detect.statement import Share, read_statement
from ganstudio.inference.pictures import write_picture
from ganstudio.inference.provenance import picture_words
from tests.inference.detect.files import IPTC, description, png_with_texts, still, xmp

A1111 = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, Seed: 12"


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("parameters", A1111, "synthetic"),
        ("parameters", "threshold 12", "nothing"),
        ("parameters", json.dumps({"sui_image_params": {"prompt": "a cat"}}), "synthetic"),
        ("prompt", json.dumps({"3": {"class_type": "KSampler"}}), "synthetic"),
        ("prompt", "Press any key", "nothing"),
        ("workflow", json.dumps({"nodes": []}), "synthetic"),
        ("invokeai_metadata", "{}", "synthetic"),
        ("Comment", json.dumps({"sampler": "k_euler", "steps": 28}), "synthetic"),
        ("Comment", "Created with a drawing program", "nothing"),
        ("Software", "a drawing program", "other"),
        ("Title", "a cat", "nothing"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_texts_of_programs_for_diffusion_models_are_known_by_what_stands_in_them(
    tmp_path: Path, key: str, value: str, says: str, packed: bool
) -> None:
    said = read_statement(png_with_texts(tmp_path / "a.png", packed, **{key: value}))
    assert said.says == says
    assert [mark.value for mark in said.marks] == ([] if says == "nothing" else [value])


@pytest.mark.parametrize(
    ("term", "says"),
    [
        ("trainedAlgorithmicMedia", "synthetic"),
        ("algorithmicMedia", "synthetic"),
        ("compositeWithTrainedAlgorithmicMedia", "composite"),
        ("compositeSynthetic", "composite"),
        ("digitalCapture", "other"),
        ("somethingNew", "other"),
    ],
)
@pytest.mark.parametrize("how", ["attribute", "element", "resource"])
def test_source_types_are_read_however_rdf_writes_them(tmp_path: Path, term: str, says: str, how: str) -> None:
    name, value = "Iptc4xmpExt:DigitalSourceType", f"{IPTC}{term}"
    inside = {
        "attribute": description(f'{name}="{value}"'),
        "element": description(inside=f"<{name}>\n {value}\n</{name}>"),
        "resource": description(inside=f'<{name} rdf:resource="{value}"/>'),
    }[how]
    said = read_statement(still(tmp_path / "a.webp", xmp=xmp(inside)))
    assert said.says == says
    assert said.as_json()["source_type"] == value


def test_an_ai_system_alone_makes_a_picture_synthetic(tmp_path: Path) -> None:
    inside = description('Iptc4xmpExt:AISystemUsed="Other AI" Iptc4xmpExt:AIPromptInformation="a cat"')
    said = read_statement(still(tmp_path / "a.jpg", xmp=xmp(inside)))
    assert (said.says, said.maker) == ("synthetic", "Other AI")
    assert said.as_json() | {"marks": None, "file": None} == {
        **{"file": None, "format": "jpeg", "says": "synthetic", "maker": "Other AI", "ganstudio": None},
        **{"source_type": None, "ai_system": "Other AI", "ai_version": None, "ai_prompt": "a cat"},
        **{"credentials": False, "marks": None, "notes": []},
    }


def test_a_network_s_mark_outweighs_a_camera_s(tmp_path: Path) -> None:
    inside = description(f'Iptc4xmpExt:DigitalSourceType="{IPTC}digitalCapture" Iptc4xmpExt:AISystemUsed="AI"')
    assert read_statement(still(tmp_path / "a.jpg", xmp=xmp(inside))).says == "synthetic"


def test_another_program_called_nearly_like_ours_is_not_ours(tmp_path: Path) -> None:
    said = read_statement(png_with_texts(tmp_path / "a.png", Software="ganstudios 2", Seed="7"))
    assert (said.says, said.origin) == ("other", {})


def test_the_share_of_a_folder_counts_its_pictures_and_its_sub_folders_once(tmp_path: Path) -> None:
    (tmp_path / "all/made").mkdir(parents=True)
    for number in range(2):
        path = tmp_path / f"all/made/{number}.png"
        write_picture(path, np.zeros((4, 4, 1), np.uint8), picture_words("m", "", str(number)), "png")
    still(tmp_path / "all/a.jpg")
    still(tmp_path / "all/b.tif", tiffinfo={305: "Studio"})
    (tmp_path / "all/notes.txt").write_text("no picture")
    told: list[tuple[int, int]] = []
    answer = read_all([tmp_path / "all", tmp_path / "all/made"], lambda *at: told.append(at))
    assert [str(one.path.relative_to(tmp_path)) for one in answer.statements] == [
        *("all/a.jpg", "all/b.tif", "all/made/0.png", "all/made/1.png")
    ]
    assert [share.as_json() for share in answer.shares] == [
        {
            **{"place": str(tmp_path / "all"), "pictures": 4, "synthetic": 2, "composite": 0},
            **{"other": 1, "nothing": 1, "share_synthetic": 0.5},
        },
        {
            **{"place": str(tmp_path / "all/made"), "pictures": 2, "synthetic": 2, "composite": 0},
            **{"other": 0, "nothing": 0, "share_synthetic": 1.0},
        },
    ]
    assert [(one.source.name, one.why) for one in answer.left_out] == [("notes.txt", "no image")]
    assert told[-1] == (5, 5)


def test_the_share_of_no_picture_is_none() -> None:
    assert Share.of("here", []).synthetic is None
