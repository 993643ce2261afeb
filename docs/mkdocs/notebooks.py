"""Notebooks as pages: their text, their code and the outputs that were saved in them. Nothing is run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def page(file: Path) -> str:
    """The whole notebook, as Markdown."""
    return "\n\n".join(text for cell in json.loads(file.read_text(encoding="utf-8"))["cells"] for text in _cell(cell))


def _cell(cell: dict[str, Any]) -> list[str]:
    source = _joined(cell["source"])
    if cell["cell_type"] == "markdown":
        return [source]
    if cell["cell_type"] == "code" and source.strip():
        return [_fence("python", source), *(_output(one) for one in cell["outputs"])]
    return []


def _output(output: dict[str, Any]) -> str:
    """The richest form of an output that a page can show."""
    if output["output_type"] == "stream":
        return _fence("text", _joined(output["text"]))
    if output["output_type"] == "error":
        return _fence("text", f"{output['ename']}: {output['evalue']}")
    data = {kind: _joined(content) for kind, content in output["data"].items() if isinstance(content, str | list)}
    if "text/html" in data:
        return f"<div>{data['text/html']}</div>"
    if "image/svg+xml" in data:
        return f"<div>{data['image/svg+xml']}</div>"
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            return f'<img alt="" src="data:{kind};base64,{"".join(data[kind].split())}">'
    return _fence("text", data.get("text/plain", ""))


def _fence(language: str, text: str) -> str:
    marks = "````" if "```" in text else "```"
    return f"{marks}{language}\n{text.rstrip()}\n{marks}"


def _joined(text: str | list[str]) -> str:
    """nbformat keeps a text whole or as its lines."""
    return text if isinstance(text, str) else "".join(text)
