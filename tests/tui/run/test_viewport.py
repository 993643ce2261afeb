from __future__ import annotations

from ganstudio.tui.run.viewport import Viewport, nearest, spread

END = 10_000


def test_the_cursor_moves_by_columns_of_the_plot() -> None:
    viewport = Viewport().moved(-1, END, 101)
    assert viewport.cursor == 9_900
    assert viewport.moved(-10, END, 101).cursor == 8_900


def test_past_the_end_the_cursor_follows_the_run() -> None:
    assert Viewport(cursor=9_950).moved(1, END, 101).cursor is None


def test_the_cursor_stops_at_the_beginning() -> None:
    assert Viewport(cursor=50).moved(-10, END, 101).cursor == 0


def test_zooming_in_keeps_the_cursor_in_the_window_and_makes_steps_smaller() -> None:
    viewport = Viewport(cursor=4_000).zoom(0.5, END)
    assert viewport.window == (1_500, 6_500)
    assert viewport.moved(1, END, 101).cursor == 4_050
    assert viewport.zoom(2.0, END).window is None


def test_a_window_moves_with_the_cursor_that_leaves_it() -> None:
    viewport = Viewport(cursor=2_000, window=(2_000, 3_000)).moved(-1, END, 101)
    assert viewport.cursor == 1_990
    assert viewport.window is not None
    assert viewport.window[0] <= 1_990 <= viewport.window[1]


def test_a_zoomed_window_follows_a_run_that_nobody_holds() -> None:
    assert Viewport(window=(8_000, 10_000)).followed(12_000).window == (10_000, 12_000)
    assert Viewport(window=(8_000, 10_000), cursor=9_000).followed(12_000).window == (8_000, 10_000)


def test_the_nearest_place_is_found() -> None:
    assert [nearest((0, 10, 20), n) for n in (-5, 4, 6, 20, 99)] == [0, 0, 10, 20, 20]
    assert nearest((), 5) is None


def test_places_are_spread_with_both_ends() -> None:
    assert spread(range(100), 4) == [0, 33, 66, 99]
    assert spread([1, 2], 4) == [1, 2]
    assert spread([1, 2, 3], 1) == [3]
