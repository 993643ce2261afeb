"""A dashboard that starts in a third of the real one's time and can be made to hang or to fail: `python FILE`."""

from __future__ import annotations

import io
import time

from textual.app import App, ComposeResult
from textual.events import Key, Paste, Resize
from textual.widgets import Static


class Small(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("small dashboard")

    def on_resize(self, event: Resize) -> None:
        self.query_one(Static).update(f"size {event.size.width} x {event.size.height}")

    def on_paste(self, event: Paste) -> None:
        self.query_one(Static).update(f"pasted {event.text}")

    def on_key(self, event: Key) -> None:
        match event.key:
            case "q":
                self.exit()
            case "h":
                time.sleep(1000)
            case "x":
                raise RuntimeError("/secret/path is what failed")
            case "d":
                self.deliver_text(io.StringIO("delivered text"), save_filename='a "file".txt')
            case key:
                self.query_one(Static).update(f"key {key}")


if __name__ == "__main__":
    app = Small()
    app.run()
    raise SystemExit(app.return_code)
