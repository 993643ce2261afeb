"""What MkDocs calls while it builds the site: makes the pages that no file holds, and links that lead out of docs/."""

from __future__ import annotations

import logging
import posixpath
import re
import runpy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
REPOSITORY = "https://github.com/ganstudio/ganstudio"
_README_LINK = re.compile(
    r"https://(?:github\.com/ganstudio/ganstudio/(?:blob|tree)|raw\.githubusercontent\.com/ganstudio/ganstudio)/main/docs/"
)
_RELATIVE_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)")
_ROW = re.compile(r"^\|.*$", re.M)
_CODE = re.compile(r"`[^`]*`")
_FENCE = re.compile(r"(^```.*?^```$)", re.M | re.S)
_FETCHED = re.compile(
    r"<(?:script|img|link|iframe|source|video|audio)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^\"'\s>]*"
)
_DECISIONS = """# Decisions

Why things are as they are: what was chosen, for which reason, and what was not done.

| number | decision |
|---|---|
"""
_NOT_MADE = "    options:\n      merge_init_into_class: false\n"
# The pages of the Python interface, and the objects on each; a `()` behind one that users make themselves.
API = {
    "workspace": ("A workspace", ("ganstudio.Workspace()",)),
    "run": (
        "A run",
        (
            "ganstudio.Run",
            "ganstudio.Metrics",
            "ganstudio.api.metrics.Curve",
            "ganstudio.api.figure.Figure",
            "ganstudio.diagnosis.Finding",
        ),
    ),
    "model": ("A model", ("ganstudio.Model", "ganstudio.Pictures", "ganstudio.Picture")),
    "data": ("Data sets", ("ganstudio.api.data_sets.DataSets", "ganstudio.DataSet")),
    "client": ("A server's client", ("ganstudio.Client()", "ganstudio.client.Picture")),
    "errors": (
        "Errors",
        tuple(
            f"ganstudio.{name}()" for name in ("StudioError", "UsageError", "RecipeError", "DataError", "TrainingError")
        ),
    ),
}
log = logging.getLogger("mkdocs.hooks.ganstudio")


def pages() -> dict[str, str]:
    """The pages that no file in docs/ holds, as Markdown, by their place in it."""
    made = {"index.md": home(), "decisions/index.md": decisions(), "reference/commands.md": commands()}
    made |= {f"reference/{name}.md": api(title, objects) for name, (title, objects) in API.items()}
    return made | {notebook_page(file): notebook(file) for file in notebooks()}


def home() -> str:
    """The README, whose links into docs/ and pictures of it lead within the site."""
    return _README_LINK.sub("", (ROOT / "README.md").read_text(encoding="utf-8"))


def decisions() -> str:
    """A list of every decision by its title."""
    files = sorted((ROOT / "docs/decisions").glob("0*.md"))
    titles = [re.sub(r"^# \d+[.:]? ", "", file.read_text(encoding="utf-8").partition("\n")[0]) for file in files]
    rows = (f"| {file.name[:4]} | [{title}]({file.name}) |\n" for file, title in zip(files, titles, strict=True))
    return _DECISIONS + "".join(rows)


def commands() -> str:
    return str(_beside("commands.py")["page"]())


def notebooks() -> list[Path]:
    """The notebooks of the manual, of which there may be none."""
    return sorted((ROOT / "docs/notebooks").glob("*.ipynb"))


def notebook_page(file: Path) -> str:
    return f"notebooks/{file.stem}.md"


def notebook(file: Path) -> str:
    """A notebook as a page, with where its file is."""
    link = f"{REPOSITORY}/blob/main/docs/notebooks/{file.name}"
    return f"{_beside('notebooks.py')['page'](file)}\n\nThis page is a notebook: [{file.name}]({link}).\n"


def _beside(name: str) -> dict[str, Any]:
    return runpy.run_path(str(Path(__file__).with_name(name)))


def api(title: str, objects: tuple[str, ...]) -> str:
    """A page on which mkdocstrings shows `objects`, with what it says of each."""
    shown = (f"::: {name.removesuffix('()')}\n{'' if name.endswith('()') else _NOT_MADE}\n" for name in objects)
    return f"# {title}\n\n" + "".join(shown)


def as_mkdocs_reads(markdown: str, place: str) -> str:
    """A page at `place` in docs/, which GitHub shows as it is, as MkDocs has to be given it.

    A link to a folder leads to its index, one to a notebook to its page, one that leaves docs/ to the repository;
    code in a table keeps its `|` bare.
    """

    def turned(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", posixpath.dirname(place), found[1]))
        if not target.startswith("docs/"):
            return f"{REPOSITORY}/blob/main/{target}"
        if found[1].endswith("/"):
            return posixpath.join(found[1], "index.md")
        return f"{found[1].removesuffix('.ipynb')}.md" if found[1].endswith(".ipynb") else found[1]

    def outside_fences(part: str) -> str:
        return _ROW.sub(lambda row: _CODE.sub(bare, row[0]), _RELATIVE_LINK.sub(turned, part))

    def bare(code: re.Match[str]) -> str:
        return code[0].replace("\\|", "|")

    parts = _FENCE.split(markdown)
    return "".join(part if part.startswith("```") else outside_fences(part) for part in parts)


def fetched(html: str) -> list[str]:
    """The tags of a page that make a browser fetch something from another host."""
    return _FETCHED.findall(html)


def on_config(config: Any) -> Any:
    """Adds the notebooks to the section on Python."""
    (section,) = (part["Python"] for part in config.nav if "Python" in part)
    section.extend(notebook_page(file) for file in notebooks())
    return config


def on_files(files: Any, config: Any) -> Any:
    from mkdocs.structure.files import File

    for place, markdown in pages().items():
        files.append(File.generated(config, place, content=markdown))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    if page.file.src_uri.startswith(("reference/", "decisions/")):
        page.meta["search"] = {"boost": 0.5}  # a page that explains stands above one that lists
    return as_mkdocs_reads(markdown, page.file.src_uri)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    for tag in fetched(output):
        log.warning(f"{page.file.src_uri} makes a browser fetch from elsewhere: {tag}")
    return output
