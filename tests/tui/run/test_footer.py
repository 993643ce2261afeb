from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from ganstudio.tui.app import Dashboard
from ganstudio.tui.run.page import RunPage
from ganstudio.workspace import Workspace
from tests.tui.driving import settled
from tests.tui.run.test_run_page import on_run


def test_the_footer_is_made_anew_where_other_keys_work_and_not_where_a_finding_is_worded_otherwise(
    recorded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        assert page.snapshot is not None
        one, row = page.snapshot, page.snapshot.row
        assert row.findings
        made: list[int] = []
        monkeypatch.setattr(page, "refresh_bindings", lambda: made.append(1))
        for kimg in range(3):  # a live run says at each tick how long it will take
            reworded = tuple(replace(finding, symptom=f"another {kimg} hours") for finding in row.findings)
            page.snapshot = replace(one, row=replace(row, findings=reworded))
            await settled(pilot)
        assert not made
        page.snapshot = replace(one, row=replace(row, findings=()))
        await settled(pilot)
        assert made

    on_run(recorded, drive, "hot-critic")
