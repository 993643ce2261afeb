"""What is said of an export, wherever it is said."""

from __future__ import annotations

from pathlib import Path

from ganstudio.inference.exports import Export
from ganstudio.inference.manifest import ExportManifest, TensorSpec
from ganstudio.report.exports import CELLS, agreement, distances, facts, latencies, speeds
from ganstudio.report.verification import sentences, summary

LATENCY = {"onnxruntime": {"64": 90.0, "1": 2.0, "8": 9.0}, "torch": {"1": 8.0, "64": 45.0}}


def export(
    parity: dict[str, float] | None = None, precision: str = "fp32", classes: tuple[str, ...] = ("cat", "dog")
) -> Export:
    manifest = ExportManifest(
        name="pets",
        task="synthesis",
        inputs=(TensorSpec("z", ("N", 100), "float32"), TensorSpec("labels", ("N",), "int64")),
        outputs=(TensorSpec("images", ("N", 1, 32, 32), "float32"),),
        z_dim=100,
        classes=classes,
        image_shape=(1, 32, 32),
        value_range=(-1.0, 1.0),
        opset=18,
        precision=precision,
        run="dcgan-pets-1",
        checkpoint_nimg=48_000,
        recipe_fingerprint=None,
        ganstudio="1.2",
        parity=parity,
        latency_ms=LATENCY,
        sha256="ab" * 32,
    )
    return Export(Path("exports/pets.onnx"), manifest, 4_200_000, 0.0)


def test_a_row_of_a_list_has_a_dash_where_there_is_nothing() -> None:
    bare = export(classes=())
    wanted = {"name": "pets", "image": "1x32x32", "classes": "–", "kimg": "48.0", "size": "4.2 MB", "max|Δ|": "–"}
    assert {name: CELLS[name](bare) for name in wanted} == wanted
    assert (CELLS["b1 ms"](bare), CELLS["b64 ms"](bare)) == ("2.0", "90.0")


def test_short_facts_have_the_labels_of_the_whole_ones_but_the_path() -> None:
    many = export(classes=tuple(f"c{n}" for n in range(20)))
    whole, short = facts(many), facts(many, short=True)
    assert [fact.label for fact in whole] == ["path", *(fact.label for fact in short)]
    values = {fact.label: (fact.value, brief.value) for fact, brief in zip(whole[1:], short, strict=True)}
    assert values["takes"] == ("z [N, 100] float32, labels [N] int64", "z [N, 100], labels [N]")
    assert values["run"] == ("dcgan-pets-1 @ 48.0 kimg", "dcgan-pets-1 @ 48.0 kimg")
    assert values["classes"][0].endswith("c18, c19")
    assert values["classes"][1].endswith("c9, ... 20 in all")
    assert values["sha256"] == ("ab" * 32, "abababababababab…")


def test_agreement_is_told_in_sentences_and_in_a_few_words() -> None:
    measured = export({"n": 64, "max_abs": 1.2e-6, "mean_abs": 2.3e-7})
    (sentence,) = agreement(measured)
    assert sentence.value == "agrees with torch over 64 latents: at most 1.2e-06 apart, 2.3e-07 on average"
    assert distances(measured) == [("max|Δ|", "1.2e-06, mean 2e-07 of 64 z", "plain")]


def test_what_was_not_measured_is_said_so() -> None:
    assert [fact.value for fact in (*agreement(export()), *distances(export()))] == ["was not measured"] * 2


def test_what_fewer_bits_promise_is_said_of_pictures_and_not_of_single_values() -> None:
    small = export({"n": 64, "max_abs": 0.6, "mean_abs": 0.01, "psnr_db": 38.2}, "int8")
    first, second = (fact.value for fact in agreement(small))
    assert first == "38.2 dB from the pictures of fp32 over 64 latents, and int8 promises 30 dB or more"
    assert second == "no promise for a single value, in [-1, 1]: 6.0e-01 apart at worst, 1.0e-02 on average"
    assert distances(small)[1].value == "38.2 dB"


def test_latencies_go_by_batch_and_have_a_ratio_where_both_were_measured() -> None:
    assert [(one.batch, one.ratio) for one in latencies(export())] == [("1", 4.0), ("8", None), ("64", 0.5)]
    assert [fact.value for fact in speeds(export())] == [
        "batch 1: 2.0 ms, 4.0 x as fast as torch (8.0 ms)",
        "batch 64: 90.0 ms, 2.0 x as long as torch (45.0 ms)",
    ]


def test_a_verification_is_a_line_a_file_and_one_on_torch() -> None:
    file = {"path": "exports/pets.onnx", "seeds": 2, "tolerance": 1e-4, "onnxruntime": "1.20"}
    files = [{**file, "max_abs": 0.0}, {**file, "path": "exports/pets.mapping.onnx", "max_abs": 2.5e-6}]
    first, second, torch = sentences(files, {"run": "dcgan-pets-1", "max_abs": 1.2e-6, "n": 64, "psnr_db": 120.0})
    assert first == (
        "pets.onnx: hash and manifest hold; 2 stored answers are met within 0 (0.0001 is let through) by "
        "onnxruntime 1.20"
    )
    assert second.startswith("pets.mapping.onnx: hash and manifest hold; 2 stored answers are met within 2.5e-06 (")
    assert torch == "against torch on dcgan-pets-1: at most 1.2e-06 apart over 64 latents, 120.0 dB"
    assert summary(files) == "hash, manifest, answers within 2.5e-06"
