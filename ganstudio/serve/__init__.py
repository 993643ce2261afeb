"""The server: pictures over HTTP. See docs/decisions/0039-serving.md for the whole contract."""
