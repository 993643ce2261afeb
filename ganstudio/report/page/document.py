"""The HTML file of a report: the page's own files, the values and the generators, under a policy for these alone.

What a run says of itself is text that strangers may have written. It goes into the page as JSON, without a `<`, and the
page's script makes text nodes of it. Scripts and styles are allowed by their hashes; the page may ask no address.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ganstudio import __version__
from ganstudio.inference.provenance import SOURCE_TYPE
from ganstudio.report.page.generator import RUNTIME, Living, runtime_binary

_FILES = Path(__file__).parent / "files"
_WASM = "'wasm-unsafe-eval'"
_SCRIPTS = ("elements.js", "plot.js", "curves.js", "samples.js", "tables.js", "random.js", "generator.js", "report.js")


def render(values: Mapping[str, Any], generators: Mapping[str, Living]) -> bytes:
    """The page of these values, with a living generator for each run's id in `generators`."""
    feeds = {run: one.feeds for run, one in generators.items()}
    scripts = [_file(name) for name in _SCRIPTS]
    runtime = [_module()] if generators else []
    text = _json({**values, "generators": feeds, "version": __version__})
    binaries = {f"model-{place}": one.content for place, one in enumerate(generators.values())}
    binaries |= {"runtime": runtime_binary()} if generators else {}
    title = ", ".join(run["id"] for run in values["runs"])
    parts = {
        "POLICY": _policy([*scripts, *runtime], _file("report.css"), bool(runtime)),
        "VERSION": html.escape(__version__),
        "SOURCE_TYPE": html.escape(SOURCE_TYPE),
        "TITLE": html.escape(title),
        "STYLE": f"<style>{_file('report.css')}</style>",
        "BLOCKS": "\n".join(
            [_block("application/json", "values", text)]
            + [_block("application/octet-stream", name, content) for name, content in binaries.items()]
        ),
        "SCRIPTS": "\n".join(
            [f'<script type="module">{code}</script>' for code in runtime]
            + [f"<script>{code}</script>" for code in scripts]
        ),
    }
    page = _file("report.html")
    pieces = page.split("{{")
    whole = pieces[0] + "".join(parts[name] + rest for name, _, rest in (piece.partition("}}") for piece in pieces[1:]))
    return whole.encode("utf-8", "replace")


def runtime_bytes() -> int:
    """How much larger a page is by what runs generators."""
    return len(runtime_binary()) + len(_module())


@cache
def _file(name: str) -> str:
    return (_FILES / name).read_text(encoding="utf-8")


@cache
def _module() -> str:
    licence = (RUNTIME / "LICENSE").read_text(encoding="utf-8")
    return f"/*\nonnxruntime-web\n{licence}*/\n{(RUNTIME / 'ort.js').read_text(encoding='utf-8')}"


def _block(kind: str, name: str, text: str) -> str:
    """Text that no browser runs, for the page's script."""
    return f'<script type="{kind}" id="{name}">{text}</script>'


def _json(value: Any) -> str:
    """JSON that stays inside its element: no `<` ends or begins anything there."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(scripts: list[str], style: str, binary: bool) -> str:
    allowed = " ".join(_hash(text) for text in scripts)
    return (
        f"default-src 'none'; script-src {allowed}{' ' + _WASM if binary else ''}; style-src {_hash(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
