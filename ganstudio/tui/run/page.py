"""Screen 2: one run. One cursor moves through its plots, its samples, its log and its checkpoints together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from textual.binding import Binding
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from ganstudio.diagnosis import too_early
from ganstudio.report.panels import PANELS, Panel, panels_for
from ganstudio.report.runs import FINDING_MARKS, MARKS, speed, trained
from ganstudio.runs import log
from ganstudio.tui.run.actions import RunActions
from ganstudio.tui.run.log_view import LogView
from ganstudio.tui.run.plots import drawing, title
from ganstudio.tui.run.sample_grid import SampleGrid
from ganstudio.tui.run.viewport import SMOOTH, TILES, Viewport, nearest
from ganstudio.tui.runs.run_columns import STATE_COLOURS, TEXT_STYLES, eta, joined
from ganstudio.tui.snapshots import RunSnapshot, RunsSnapshot
from ganstudio.tui.widgets.picture import ENLARGED
from ganstudio.tui.widgets.plot import Plot
from ganstudio.units import format_kimg

EMPTY = "No run is open: choose one in 1 Runs, or begin one in 3 New run."
PLOTS = 4  # plots


class RunPage(RunActions):
    NAME = "run"
    ABOUT = "One run. The cursor moves through plots, samples, log and checkpoints together.\n"
    BINDINGS = [  # noqa: RUF012
        Binding("left", "move(-1)", "cursor", id="run.left", tooltip="the cursor to the left"),
        Binding("right", "move(1)", "cursor right", show=False, id="run.right", tooltip="the cursor to the right"),
        Binding("shift+left", "move(-10)", "ten to the left", show=False, id="run.left10"),
        Binding("shift+right", "move(10)", "ten to the right", show=False, id="run.right10"),
        Binding("home,g", "start", "start", show=False, id="run.start", tooltip="the cursor to the beginning"),
        Binding("end,G", "live", "live", id="run.live", tooltip="follow the run again"),
        Binding("plus,equals_sign", "zoom(0.5)", "zoom in", show=False, id="run.zoomin"),
        Binding("minus", "zoom(2.0)", "zoom out", show=False, id="run.zoomout"),
        Binding("s", "smooth", "smooth", show=False, id="run.smooth", tooltip="more smoothing, then none"),
        Binding("L", "log", "log axis", show=False, id="run.log", tooltip="logarithmic values, or plain ones"),
        Binding("m", "more", "more plots", id="run.more", tooltip="the next plots"),
        Binding(
            "o", "overlay", "overlay", show=False, id="run.overlay", tooltip="draw another run's curves over these"
        ),
        Binding("t", "tiles", "tiles", show=False, id="run.tiles", tooltip="2, 4 or 8 tiles to a row"),
        Binding("z", "zoom_tile", "one tile", show=False, id="run.tile", tooltip="one tile, large"),
        ENLARGED,
        Binding("h", "history", "history", show=False, id="run.history", tooltip="one tile over the whole run"),
        Binding("left_square_bracket", "tile(-1)", "tile before", show=False, id="run.tilebefore"),
        Binding("right_square_bracket", "tile(1)", "next tile", show=False, id="run.tilenext"),
        Binding("comma", "other(-1)", "run before", show=False, id="run.before", tooltip="the run above this one"),
        Binding("full_stop", "other(1)", "next run", show=False, id="run.next", tooltip="the run below this one"),
        Binding("escape", "back", "back", show=False, id="run.back"),
    ]

    snapshot: reactive[RunSnapshot | None] = reactive(None, init=False, repaint=False)
    viewport: reactive[Viewport] = reactive(Viewport(), init=False, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._footer_state: tuple[Any, ...] = ()
        self.overlaid_runs: dict[str, RunSnapshot] = {}
        self.expected_run: str | None = None

    def body(self) -> Iterable[Widget]:
        yield Static(EMPTY, id="headline")
        with Horizontal(id="above"):
            with Grid(id="plots"):
                for number in range(PLOTS):
                    yield Plot(PANELS[number].title, id=f"plot{number}")
            with Vertical(id="samples", classes="pane"):
                yield SampleGrid("no samples yet", id="tiles")
        with Horizontal(id="below"):
            yield Static(id="findings", classes="pane")
            yield LogView(id="log", classes="pane")

    def on_mount(self) -> None:
        self.query_one("#findings").border_title = "findings"
        self.query_one("#log").border_title = "log"

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._open(self.dashboard.chosen_run)

    def on_screen_suspend(self) -> None:
        if self.app.screen_stack[0] is not self:
            self.dashboard.watch_run(None)

    def _open(self, run_id: str | None) -> None:
        rows = self.dashboard.runs.rows
        row = self.dashboard.runs.find(run_id) or (rows[0] if rows and run_id is None else None)
        if row is None:
            return
        self.dashboard.chosen_run = row.id
        if self.snapshot is None or self.snapshot.row.id != row.id:
            self.viewport = Viewport()
            self.overlaid_runs = {}
            self.snapshot = RunSnapshot(row)
        self.dashboard.watch_run(row.view.path)

    def runs_changed(self, runs: RunsSnapshot) -> None:
        if self.expected_run is not None and runs.find(self.expected_run) is not None:
            self._open(self.expected_run)
            self.expected_run = None
        elif self.snapshot is None:
            self._open(self.dashboard.chosen_run)
        elif runs.loaded and runs.find(self.snapshot.row.id) is None:
            self.query_one("#headline", Static).update(
                Content.styled(f"{self.snapshot.row.id} is gone: its folder was removed.", "$text-error")
            )

    # what is shown

    def watch_snapshot(self) -> None:
        if self.snapshot is not None:
            followed = self.viewport.followed(self.end)
            if followed == self.viewport:
                self._show()
            else:
                self.viewport = followed

    def watch_viewport(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    @property
    def end(self) -> int:
        """The nimg that the run has reached."""
        return self.snapshot.row.view.state.nimg if self.snapshot else 0

    @property
    def panels(self) -> tuple[Panel, ...]:
        """What the plots draw, of this run and of those that are laid over it."""
        shown = [one for one in (self.snapshot, *self.overlaid_runs.values()) if one is not None]
        return panels_for(dict.fromkeys(name for one in shown for name in one.curves))

    def _show(self) -> None:
        snapshot, viewport = self.snapshot, self.viewport
        if snapshot is None or not self.is_mounted:
            return
        view = snapshot.row.view
        self.query_one("#headline", Static).update(headline(snapshot, viewport))
        panels = self.panels
        for number, plot in enumerate(self.query(Plot)):
            panel = panels[(viewport.panels + number) % len(panels)]
            plot.title = title(panel, snapshot)
            if plot.display and plot.size.width:
                plot.show(drawing(panel, snapshot, viewport, self.overlaid_runs))
        tiles = self.query_one(SampleGrid)
        tiles.show_run(snapshot, viewport)
        self.query_one("#samples").border_title = tiles.caption
        self.query_one("#findings", Static).update(_findings(snapshot, self.query_one("#findings").size.height))
        self.query_one(LogView).show(view.path / log.NAME, viewport.cursor, snapshot.log_size)
        footer_state = (
            view.status,
            bool(snapshot.row.findings),
            self.offers("remedy"),
            bool(snapshot.checkpoints),
            snapshot.row.id,
        )
        if footer_state != self._footer_state:  # what the footer goes by
            self._footer_state = footer_state
            self.refresh_bindings()

    # how it is looked at

    def _width(self) -> int:
        return self.query_one("#plot0", Plot).columns

    def action_move(self, columns: int) -> None:
        self.viewport = self.viewport.moved(columns, self.end, self._width())

    def action_start(self) -> None:
        self.viewport = self.viewport.to(0)

    def action_live(self) -> None:
        self.viewport = self.viewport.live()

    def action_zoom(self, factor: float) -> None:
        self.viewport = self.viewport.zoom(factor, self.end)

    def action_smooth(self) -> None:
        self.viewport = replace(self.viewport, smooth=(self.viewport.smooth + 1) % len(SMOOTH))

    def action_log(self) -> None:
        self.viewport = replace(self.viewport, log=not self.viewport.log)

    def action_more(self) -> None:
        shown = sum(bool(plot.display and plot.size.width) for plot in self.query(Plot))
        first = self.viewport.panels + max(1, shown)
        self.viewport = replace(self.viewport, panels=first if first < len(self.panels) else 0)

    def action_tiles(self) -> None:
        self.viewport = replace(self.viewport, tiles=(self.viewport.tiles + 1) % len(TILES), zoomed=False)

    def action_zoom_tile(self) -> None:
        self.viewport = replace(self.viewport, zoomed=not self.viewport.zoomed, history=False)

    def action_history(self) -> None:
        self.viewport = replace(self.viewport, history=not self.viewport.history, zoomed=False)

    def action_tile(self, step: int) -> None:
        count = max(1, self.query_one(SampleGrid).count)
        self.viewport = replace(self.viewport, tile=(self.viewport.tile + step) % count)

    def action_other(self, step: int) -> None:
        ids = [row.id for row in self.dashboard.runs.rows]
        if self.snapshot is not None and self.snapshot.row.id in ids:
            self._open(ids[(ids.index(self.snapshot.row.id) + step) % len(ids)])

    def action_back(self) -> None:
        """Goes back one level: out of a tile, then from a step to the live run, then to all runs."""
        viewport = self.viewport
        if viewport.zoomed or viewport.history:
            self.viewport = replace(viewport, zoomed=False, history=False)
        elif viewport.cursor is not None or viewport.window is not None:
            self.viewport = replace(viewport, cursor=None, window=None)
        else:
            self.dashboard.action_go("runs")


def headline(snapshot: RunSnapshot, viewport: Viewport) -> Content:
    """Returns the line on top: the state of the run, and where the cursor is."""
    view, state = snapshot.row.view, snapshot.row.view.state
    mark = Content.styled(MARKS[view.status], f"${STATE_COLOURS[view.status]}")
    rate = f"{speed(view)} img/s" if state.img_per_s else ""
    left = f"{eta(snapshot.row)} left" if view.status == "running" else ""
    facts = joined(
        (
            *(view.status, f"{trained(view)} kimg", rate, left),
            *(view.record.preset, str(view.record.data["name"]), state.device or ""),
        )
    )
    if viewport.cursor is None:
        place = Content.styled("live" if view.live else "the end", "$text-success")
    else:
        near = nearest(snapshot.checkpoints, viewport.cursor)
        checkpoint = f", checkpoint {format_kimg(near)}" if near is not None else ""
        place = Content.styled(f"at {format_kimg(viewport.cursor)} kimg{checkpoint}", "$text-accent")
    parts = [
        mark,
        Content.styled(f" {snapshot.row.id}  ", "b"),
        place,
        Content(f"  {facts}"),
    ]
    if viewport.smooth:
        parts.append(Content(f"  smooth {SMOOTH[viewport.smooth]:g}"))
    if snapshot.read_share < 1:
        parts.append(Content.styled(f"  exact in {snapshot.read_share:.0%}", "$faint"))
    if state.error:
        parts.append(Content.styled(f"  {state.error.get('message', '')}", "$text-error"))
    return Content.assemble(*parts)


def _findings(snapshot: RunSnapshot, height: int) -> Content:
    findings = snapshot.row.findings
    if findings is None:
        return Content.styled("the rules are looking ...", "$faint")
    if not findings:
        early = too_early(snapshot.row.view.record, snapshot.row.view.state)
        return Content.styled(f"too early to tell. {early}" if early else "nothing stands out", "$faint")
    lines = [Content.styled(f"{FINDING_MARKS[f.severity]} {f.symptom}", TEXT_STYLES[f.severity]) for f in findings]
    keys = "d says why"
    if any(finding.remedy for finding in findings):
        keys += ", F forks with the remedy"
    return Content("\n").join([*lines[: max(1, height - 1)], Content.styled(keys, "$faint")])
