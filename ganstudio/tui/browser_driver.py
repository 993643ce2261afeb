"""Textual's driver for a dashboard in a browser, which ends with the server that it is shown by."""

from __future__ import annotations

import os
import signal

from textual.drivers.web_driver import WebDriver

from ganstudio.tui.app import HANG_UP_S


class BrowserDriver(WebDriver):
    """Textual's, which reads the server's packets from stdin. Textual's dashboard would go on where stdin ends."""

    def run_input_thread(self) -> None:
        super().run_input_thread()
        if self.exit_event.is_set():
            return
        os.kill(os.getpid(), signal.SIGHUP)  # the server is gone: as a terminal that is closed
        if not self.exit_event.wait(HANG_UP_S):
            os._exit(128 + signal.SIGHUP)
