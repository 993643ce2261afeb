from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ganstudio.cli.runs.chart import DOT, HEIGHT, WIDTH, Chart, ChartLine, Stroke, Words, layout
from ganstudio.runs.metrics.series import Line
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.cli.terminal import Terminal
from tests.runs.making import STARTED, make_run, tell

MORE = {"lr": {"d": 2e-4, "g": 1e-4}, "grad_norms": {"d": 3.0, "g": 4.0}}
SVG = "{http://www.w3.org/2000/svg}"


def trained(workspace: Workspace, name: str, ticks: int = 20) -> Path:
    path = make_run(workspace, name)
    for n in range(1, ticks + 1):
        tell(
            path,
            "tick",
            n * 1000,
            n,
            losses={"d": 1 / n, "g": float(n)},
            d_real=1.0,
            d_fake=-1.0,
            img_per_s=9.0,
            **MORE,
        )
    tell(path, "evaluated", ticks * 1000, ticks, score="FD[lenet]-5k", value=4.5)
    return path


def curve(*values: float) -> ChartLine:
    return ChartLine("loss d", "a", "losses.d", Line(tuple(1000 * n for n in range(1, len(values) + 1)), values))


def test_the_plot_is_plain_text_where_there_is_no_terminal(ganstudio: Program, workspace: Workspace) -> None:
    trained(workspace, "a")
    ended = ganstudio("runs", "plot")
    assert ended.code == 0
    assert "loss d" in ended.out
    assert "kimg" in ended.out
    assert "\x1b" not in ended.out


def test_several_runs_share_a_plot_and_are_told_apart(ganstudio: Program, workspace: Workspace) -> None:
    trained(workspace, "a")
    trained(workspace, "b")
    out = ganstudio("runs", "plot", "a", "b").out
    assert all(f"{run} loss {side}" in out for run in "ab" for side in "dg")


def test_a_sweep_is_plotted_run_by_run_under_its_name(ganstudio: Program, workspace: Workspace, tmp_path: Path) -> None:
    for number in (1, 2):
        path = make_run(workspace, f"mine-{number}", group="mine", sweep={"seed": number})
        tell(path, "tick", 1000, 1.0, losses={"d": 0.5})
    trained(workspace, "other")
    out = tmp_path / "mine.svg"
    assert ganstudio("runs", "plot", "mine", "runs/other", "--out", out).code == 0
    text = out.read_text()
    assert all(f"{run} loss d" in text for run in ("mine-1", "mine-2", "other"))
    assert "mine, other" in text


@pytest.mark.parametrize(
    ("what", "words"), [("scores", "FD[lenet]-5k"), ("logits", "logit fake"), ("lr", "lr g"), ("grads", "grad norm d")]
)
def test_other_numbers_can_be_plotted(ganstudio: Program, workspace: Workspace, what: str, words: str) -> None:
    trained(workspace, "a")
    assert words in ganstudio("runs", "plot", "--what", what).out


def test_the_terminal_s_plot_fits_and_obeys_no_color(workspace: Workspace) -> None:
    trained(workspace, "a")
    with Terminal("runs", "plot") as coloured:
        assert coloured.ended() == 0
    assert "\x1b[" in coloured.raw
    assert all(len(line) <= 100 for line in coloured.text.splitlines())
    with Terminal("runs", "plot", NO_COLOR="1") as plain:
        assert plain.ended() == 0
    assert "\x1b" not in plain.raw


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--what", "loses"], "Did you mean 'losses'?"),
        (["--smooth", "1"], "--smooth must be from 0 to below 1"),
        (["--smooth", "-0.1"], "--smooth must be from 0 to below 1"),
        (["--out", "x.pdf"], "--out x.pdf"),
    ],
)
def test_bad_options_are_refused(ganstudio: Program, workspace: Workspace, arguments: list[str], said: str) -> None:
    trained(workspace, "a")
    ended = ganstudio("runs", "plot", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_run_with_nothing_to_plot_is_refused(ganstudio: Program, workspace: Workspace) -> None:
    make_run(workspace, "empty")
    ended = ganstudio("runs", "plot")
    assert ended.code == 2
    assert "empty: no losses to plot yet" in ended.err


def test_a_csv_holds_every_value(ganstudio: Program, workspace: Workspace, tmp_path: Path) -> None:
    trained(workspace, "a", ticks=3)
    out = tmp_path / "losses.csv"
    assert ganstudio("runs", "plot", "--out", out).out == f"{out}\n"
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert [(row["run"], row["series"], row["nimg"], float(row["value"])) for row in rows][:3] == [
        ("a", "losses.d", "1000", 1.0),
        ("a", "losses.d", "2000", 0.5),
        ("a", "losses.d", "3000", 1 / 3),
    ]


def test_smoothing_begins_at_the_first_value_and_follows(
    ganstudio: Program, workspace: Workspace, tmp_path: Path
) -> None:
    trained(workspace, "a", ticks=3)
    ganstudio("runs", "plot", "--smooth", "0.5", "--out", tmp_path / "x.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "x.csv").read_text())))
    values = [float(row["value"]) for row in rows if row["series"] == "losses.g"]
    # By hand, weights 1/2 a step: 1; (2 + 1/2)/(1 + 1/2); (3 + 2/2 + 1/4)/(1 + 1/2 + 1/4).
    assert values == pytest.approx([1.0, 5 / 3, 17 / 7])


def test_an_svg_is_xml_with_a_line_a_curve_and_a_legend(
    ganstudio: Program, workspace: Workspace, tmp_path: Path
) -> None:
    trained(workspace, "a")
    ganstudio("runs", "plot", "--out", tmp_path / "x.svg")
    page = ElementTree.parse(tmp_path / "x.svg").getroot()
    long = [line for line in page.iter(f"{SVG}polyline") if len((line.get("points") or "").split()) == 20]
    assert len(long) == 2
    assert {"loss d", "loss g", "kimg", "a"} <= {text.text for text in page.iter(f"{SVG}text")}


def test_a_png_has_the_curves_colours(ganstudio: Program, workspace: Workspace, tmp_path: Path) -> None:
    from PIL import Image

    trained(workspace, "a")
    ganstudio("runs", "plot", "--out", tmp_path / "x.png", "--log")
    with Image.open(tmp_path / "x.png") as image:
        assert image.size == (2 * WIDTH, 2 * HEIGHT)
        colours = {colour for _, colour in image.getcolors(1 << 20) or []}
    assert {(255, 255, 255), (0, 0x72, 0xB2), (0xD5, 0x5E, 0)} <= colours


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "values",
    [(1.0,), (1.0, 1.0), (1e-8, 1e-8), (1e-6, 1e6), (3.0, math.nan, 4.0), (math.inf, 2.0), (math.nan,), (0.5, 0.5001)],
)
def test_everything_that_is_laid_out_stands_on_the_page(values: tuple[float, ...], log: bool) -> None:
    shapes = layout(Chart("a", [curve(*values)], log))
    for shape in shapes:
        corners = shape.points if isinstance(shape, Stroke) else [(shape.x, shape.y)]
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in corners)
    assert sum(isinstance(shape, Words) for shape in shapes) > 3


def test_a_log_axis_stands_at_round_numbers() -> None:
    shapes = layout(Chart("a", [curve(1.0, 10.0, 1000.0)], True))
    assert {"1", "10", "100", "1,000"} <= {shape.text for shape in shapes if isinstance(shape, Words)}


def test_a_value_that_is_not_finite_breaks_the_line() -> None:
    shapes = layout(Chart("a", [curve(1.0, 2.0, math.nan, 3.0, 4.0)], False))
    lines = [shape for shape in shapes if isinstance(shape, Stroke) and shape.width > 1]
    assert [len(line.points) for line in lines] == [2, 2, 2]


def test_what_a_probe_found_can_be_plotted_together_or_alone(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "looked")
    tell(path, "started", **STARTED)
    for nimg in (4000, 8000):
        tell(path, "probed", nimg, nimg / 100, diversity=nimg / 10_000, drift=0.2, saturated=0.1)
    together = ganstudio("runs", "plot", "looked", "--what", "probes").out
    assert "diversity" in together
    assert "drift" in together
    assert "saturated" not in together
    assert "saturated" in ganstudio("runs", "plot", "looked", "--what", "probe.saturated").out
    ended = ganstudio("runs", "plot", "looked", "--what", "probe.saturate")
    assert (ended.code, "Did you mean 'probe.saturated'?" in ended.err) == (2, True)


def test_what_has_no_logarithm_is_left_out(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "w")
    for n, value in enumerate((-1.0, 2.0, 4.0), 1):
        tell(path, "tick", n * 1000, n, losses={"d": value, "g": -value * value})
    assert ganstudio("runs", "plot", "--log").code == 0


def test_a_single_score_is_a_dot_that_is_seen(ganstudio: Program, workspace: Workspace) -> None:
    trained(workspace, "a")
    assert ganstudio("runs", "plot", "--what", "scores").out.count("•") > 2  # the legend's and its own
    single = [shape for shape in layout(Chart("a", [curve(4.5)], False)) if isinstance(shape, Stroke)]
    assert any(shape.width == DOT and shape.points[0] == shape.points[1] for shape in single)
    assert all(shape.width < DOT for shape in layout(Chart("a", [curve(4.5, 3.0)], False)) if isinstance(shape, Stroke))


@pytest.mark.parametrize("values", [(1e300, 1e300), (1.7e308, -1.7e308), (5e-324, 1e308), (math.inf, 1.0, math.nan)])
@pytest.mark.parametrize("log", [(), ("--log",)])
def test_the_largest_and_smallest_numbers_are_plotted_everywhere(
    ganstudio: Program, workspace: Workspace, tmp_path: Path, values: tuple[float, ...], log: tuple[str, ...]
) -> None:
    path = make_run(workspace, "a")
    for n, value in enumerate(values, 1):
        tell(path, "tick", n * 1000, n, losses={"d": value, "g": value}, img_per_s=9.0)
    for out in ((), ("--out", tmp_path / "a.svg"), ("--out", tmp_path / "a.png")):
        assert ganstudio("runs", "plot", *log, *out).code == 0
    assert "nan" not in (tmp_path / "a.svg").read_text()


@pytest.mark.parametrize(
    ("rate", "marks"), [(5e-4, {"0.00045", "0.0005", "0.00055"}), (2e6, {"1,800,000", "2,000,000", "2,200,000"})]
)
def test_small_and_large_numbers_have_a_scale_of_their_size_in_every_form(
    ganstudio: Program, workspace: Workspace, tmp_path: Path, rate: float, marks: set[str]
) -> None:
    path = make_run(workspace, "a")
    for n in (1, 2, 3):
        tell(path, "tick", n * 20, n, losses={"d": 1.0}, lr={"d": rate, "g": rate})
    assert all(f"{mark}┤" in ganstudio("runs", "plot", "--what", "lr").out for mark in marks)
    for kind in ("svg", "png", "csv"):
        assert ganstudio("runs", "plot", "--what", "lr", "--out", tmp_path / f"x.{kind}").code == 0
    told = {text.text for text in ElementTree.parse(tmp_path / "x.svg").getroot().iter(f"{SVG}text")}
    assert marks | {"0", "0.02", "0.04", "0.06"} <= told
    rows = list(csv.DictReader(io.StringIO((tmp_path / "x.csv").read_text())))
    assert {float(row["value"]) for row in rows} == {rate}


def test_marks_that_are_near_one_another_read_differently_in_a_picture() -> None:
    shapes = layout(Chart("a", [curve(5e-4, 5.0001e-4)], False))
    assert {"0.0005", "0.000500005", "0.00050001"} <= {shape.text for shape in shapes if isinstance(shape, Words)}


def test_a_label_s_controls_are_written_out_in_a_picture_too() -> None:
    line = Line((1000, 2000), (1.0, 2.0))
    shapes = layout(Chart("a\x1b", [ChartLine("b\x07", "a", "b", line)], False))
    assert {r"a\x1b", r"b\x07"} <= {shape.text for shape in shapes if isinstance(shape, Words)}


def test_an_error_of_the_system_names_the_file_and_not_the_temporary_one(
    ganstudio: Program, workspace: Workspace, tmp_path: Path
) -> None:
    trained(workspace, "a")
    for out in (tmp_path / "gone" / "x.png", tmp_path / f"{'a' * 245}.png"):
        ended = ganstudio("runs", "plot", "--out", out)
        assert (ended.code, ended.err.startswith(f"error: {out}: ")) == (1, True)
        assert ".tmp" not in ended.err


@pytest.fixture
def measured(workspace: Workspace) -> Workspace:
    """A run that is measured by two kinds of scores, better in two directions."""
    path = make_run(workspace, "a")
    tell(path, "started", **STARTED)
    for n in (1, 2):
        tell(path, "evaluated", n * 1000, n, score="PSNR-7", value=20.0 + n, better="higher")
        tell(path, "evaluated", n * 1000, n, score="LPIPS[alexnet]-7", value=0.5 / n, better="lower")
    return workspace


def test_scores_of_each_kind_have_a_chart_of_their_own(ganstudio: Program, measured: Workspace) -> None:
    out = ganstudio("runs", "plot", "--what", "scores").out
    assert out.index("PSNR-7↑") < out.index("LPIPS[alexnet]-7↓")
    assert out.count("kimg") == 2
    file = measured.root / "scores.svg"
    assert ganstudio("runs", "plot", "--what", "scores", "--out", str(file)).code == 0
    page = ElementTree.parse(file).getroot()
    assert page.get("height") == str(2 * HEIGHT)
    words = [text.text for text in page.iter(f"{SVG}text")]
    assert "a: PSNR: higher is better" in words
    assert "a: LPIPS: lower is better" in words
    assert max(float(text.get("y", 0)) for text in page.iter(f"{SVG}text")) > HEIGHT


def test_lists_show_and_comparisons_say_which_way_scores_are_better(ganstudio: Program, measured: Workspace) -> None:
    assert "  22↑ " in ganstudio("runs", "list").out
    shown = ganstudio("runs", "show").out
    assert "PSNR-7↑ 21, 22 at" in shown
    assert "LPIPS[alexnet]-7↓ 0.5, 0.25 at" in shown
    trained(measured, "b")
    compared = ganstudio("runs", "compare", "a", "b").out
    assert all(name in compared for name in ("PSNR-7↑", "LPIPS[alexnet]-7↓", "FD[lenet]-5k↓"))
