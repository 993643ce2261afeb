"""The dashboard of the terminal in a browser: `ganstudio tui --web`."""
