"""`ganstudio serve`: serves pictures over HTTP: a page, a JSON interface, a model server; without torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.model_choice import Provider, choose_export
from ganstudio.cli.output import note, print_json, print_made
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export, list_exports
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.serve.settings import Limits

_EXTRA = "pip install 'ganstudio[serve]'"


def _limit(metavar: str, text: str, name: str) -> typer.models.OptionInfo:
    """An option that an environment variable of the same name may give."""
    option: typer.models.OptionInfo = typer.Option(metavar=metavar, help=text, envvar=f"GANSTUDIO_SERVE_{name}")
    return option


def serve(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL...]", help="Exports, .onnx files or runs.  [default: all]")
    ] = None,
    host: Annotated[str, _limit("H", "The address to listen at.", "HOST")] = "127.0.0.1",
    port: Annotated[int, _limit("N", "The port; 0 is any that is free.", "PORT")] = 8000,
    token_file: Annotated[
        Path | None, _limit("FILE", "Ask for a token: a line each, NAME TOKEN.", "TOKEN_FILE")
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="Serve strangers without any token.")] = False,
    allowed_host: Annotated[
        list[str] | None, _limit("NAME", "A name that requests may call this server by.", "ALLOWED_HOST")
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None, _limit("IP", "A proxy whose X-Forwarded-For is believed.", "TRUSTED_PROXY")
    ] = None,
    max_body: Annotated[float, _limit("MB", "Of a request.", "MAX_BODY")] = 32,
    max_images: Annotated[int, _limit("N", "Of a request.", "MAX_IMAGES")] = 64,
    max_pixels: Annotated[float, _limit("MP", "Megapixels of an upload.", "MAX_PIXELS")] = 25,
    max_steps: Annotated[int, _limit("N", "Frames of an interpolation.", "MAX_STEPS")] = 240,
    max_search: Annotated[int, _limit("N", "Generations of a projection.", "MAX_SEARCH")] = 1000,
    max_jobs: Annotated[int, _limit("N", "Jobs at once.", "MAX_JOBS")] = 2,
    max_queue: Annotated[int, _limit("N", "Images that wait for a model.", "MAX_QUEUE")] = 512,
    max_connections: Annotated[int, _limit("N", "Of a client.", "MAX_CONNECTIONS")] = 128,
    rate: Annotated[float, _limit("N", "Requests a second of a client; 0 for no limit.", "RATE")] = 50,
    timeout: Annotated[float, _limit("S", "Seconds of a request.", "TIMEOUT")] = 60,
    memory: Annotated[float, _limit("GB", "Of models that are loaded.", "MEMORY")] = 2,
    batch: Annotated[int | None, _limit("N", "Images in one call of a model; else its own.", "BATCH")] = None,
    wait: Annotated[float, _limit("MS", "What an image waits for others to be drawn with.", "WAIT")] = 10,
    quiet: Annotated[bool, typer.Option("--quiet", help="No line a request on stderr.")] = False,
    provider: Provider = "auto",
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Serve pictures over HTTP until it is stopped: a web page, a JSON interface, and a model server.

    Prints its address. Without MODEL all exports of the workspace are served, those that come later too. Listens at
    127.0.0.1 unless --host says otherwise, which needs --token-file, or --public. Needs `pip install
    'ganstudio[serve]'`. Every number may be given by the environment: GANSTUDIO_SERVE_MAX_IMAGES=16.

    \b
    Examples:
      ganstudio serve
      ganstudio serve dcgan-mnist-1 --port 8080
      ganstudio serve --host 0.0.0.0 --token-file tokens.txt --allowed-host pictures.example.org
    """
    _check_extra()
    from ganstudio.serve.access.hosts import is_loopback, parse_networks
    from ganstudio.serve.access.tokens import Tokens
    from ganstudio.serve.exports_folder import ExportsFolder
    from ganstudio.serve.server import bind, run, url_of
    from ganstudio.serve.settings import Access, Limits, Settings

    limits = Limits(
        body_bytes=int(max_body * 1e6),
        images=max_images,
        pixels=int(max_pixels * 1e6),
        frames=max_steps,
        search_steps=max_search,
        jobs=max_jobs,
        queued_images=max_queue,
        rate=rate,
        request_s=timeout,
        connections=max_connections,
        memory_bytes=int(memory * 1e9),
    )
    _check_numbers(limits, batch, wait, port)
    tokens = Tokens.read(token_file) if token_file else None
    if tokens is None and not public and not is_loopback(host):
        raise UsageError(
            f"--host {host}: others would reach it, and nothing asks them for a token.",
            "--token-file FILE   # or --public, to serve strangers",
        )
    hosts = frozenset(name.lower() for name in [*(allowed_host or []), host])
    settings = Settings(
        limits, Access(tokens, hosts, parse_networks(trusted_proxy or [])), batch, wait / 1000, provider, not quiet
    )
    exports = _exports(models or [], trust)
    folder = None if models else ExportsFolder(Workspace.locate().exports, exports)
    bound = bind(host, port)
    address = url_of(bound, host)

    def started() -> None:
        if as_json:
            print_json({"url": address, "models": [export.name for export in exports]})
        else:
            print_made(address)
        note(f"Serving {', '.join(export.name for export in exports)}. Ctrl-C stops it.")

    run(exports, settings, bound, started, folder)


def _check_extra() -> None:
    """Raises UsageError where the extra is not installed."""
    missing = [name for name in ("fastapi", "uvicorn", "python_multipart", "prometheus_client") if not _is_there(name)]
    if missing:
        raise UsageError(f"`serve` needs {', '.join(missing)}, which come with an extra of their own.", _EXTRA)


def _is_there(module: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(module) is not None


def _check_numbers(limits: Limits, batch: int | None, wait: float, port: int) -> None:
    """Raises UsageError for numbers that nothing can be served with."""
    least = {
        "--max-body": limits.body_bytes,
        "--max-images": limits.images,
        "--max-pixels": limits.pixels,
        "--max-steps": limits.frames - 1,
        "--max-jobs": limits.jobs,
        "--max-queue": limits.queued_images,
        "--max-connections": limits.connections,
        "--timeout": limits.request_s,
        "--memory": limits.memory_bytes,
        "--batch": 1 if batch is None else batch,
    }
    for flag, value in least.items():
        if not value > 0:
            raise UsageError(f"{flag}: must be above {1 if flag == '--max-steps' else 0}.")
    for flag, value in {"--rate": limits.rate, "--wait": wait, "--max-search": limits.search_steps}.items():
        if not value >= 0:
            raise UsageError(f"{flag}: must not be below 0.")
    if not 0 <= port <= 65535:
        raise UsageError(f"--port: from 0 to 65535; got {port}.", "--port 8000")


def _exports(given: list[str], trust: bool) -> list[Export]:
    """The models that are served: those that were named, else all of the workspace, the newest first."""
    workspace = Workspace.locate()
    if given:
        return [choose_export(workspace, name, None, trust) for name in given]
    exports, left_out = list_exports(workspace)
    for why in left_out:
        note(f"Left out: {why}")
    return exports or [choose_export(workspace, None, None, trust)]
