"""`ganstudio serve`: serves pictures over HTTP: a page, a JSON interface, a model server; without torch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.model_choice import Provider, choose_export
from ganstudio.cli.output import note
from ganstudio.cli.serve.server_options import (
    AllowedHost,
    Host,
    Port,
    Public,
    Quiet,
    TokenFile,
    TrustedProxy,
    access_of,
    check_extra,
    check_port,
    environment_option,
    print_address,
)
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export, list_exports
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.serve.settings import Limits


def serve(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL...]", help="Exports, .onnx files or runs.  [default: all]")
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    token_file: TokenFile = None,
    public: Public = False,
    allowed_host: AllowedHost = None,
    trusted_proxy: TrustedProxy = None,
    max_body: Annotated[float, environment_option("MB", "Of a request.", "MAX_BODY")] = 32,
    max_images: Annotated[int, environment_option("N", "Of a request.", "MAX_IMAGES")] = 64,
    max_pixels: Annotated[float, environment_option("MP", "Megapixels of an upload.", "MAX_PIXELS")] = 25,
    max_steps: Annotated[int, environment_option("N", "Frames of an interpolation.", "MAX_STEPS")] = 240,
    max_search: Annotated[int, environment_option("N", "Steps of a projection.", "MAX_SEARCH")] = 1000,
    max_jobs: Annotated[int, environment_option("N", "Jobs at once.", "MAX_JOBS")] = 2,
    max_queue: Annotated[int, environment_option("N", "Images that wait for a model.", "MAX_QUEUE")] = 512,
    max_connections: Annotated[int, environment_option("N", "Of a client.", "MAX_CONNECTIONS")] = 128,
    rate: Annotated[float, environment_option("N", "Requests a second of a client; 0 for no limit.", "RATE")] = 50,
    timeout: Annotated[float, environment_option("S", "Seconds of a request.", "TIMEOUT")] = 60,
    memory: Annotated[float, environment_option("GB", "Of models that are loaded.", "MEMORY")] = 2,
    batch: Annotated[
        int | None, environment_option("N", "Images in one call of a model; else its own.", "BATCH")
    ] = None,
    wait: Annotated[float, environment_option("MS", "What an image waits for others to be drawn with.", "WAIT")] = 10,
    quiet: Quiet = False,
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
    check_extra("serve", "fastapi", "uvicorn", "python_multipart", "prometheus_client")
    from ganstudio.inference.providers import check_provider
    from ganstudio.serve.app import create_app
    from ganstudio.serve.listening import bind
    from ganstudio.serve.models.exports_folder import ExportsFolder
    from ganstudio.serve.server import run, url_of
    from ganstudio.serve.settings import Limits, Settings

    given = {"--max-body": max_body, "--max-pixels": max_pixels, "--timeout": timeout, "--memory": memory}
    _check_finite(given | {"--rate": rate, "--wait": wait})
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
    _check_numbers(limits, batch, wait)
    check_port(port, "--port 8000")
    check_provider(provider)
    access = access_of(host, token_file, public, allowed_host or [], trusted_proxy or [])
    settings = Settings(limits, access, batch, wait / 1000, provider, not quiet)
    exports = _exports(models or [], trust)
    bound = bind(host, port, settings)
    folder = None if models else ExportsFolder(Workspace.locate().exports, exports)
    address = url_of(bound, host)

    def started() -> None:
        print_address(address, as_json, models=[export.name for export in exports])
        note(f"Serving {', '.join(export.name for export in exports)}. Ctrl-C stops it.")

    run(create_app(exports, settings, folder), settings, bound, started)


def _check_finite(given: dict[str, float]) -> None:
    """Raises UsageError for a limit that is no number that can be counted."""
    for flag, value in given.items():
        if not math.isfinite(value):
            raise UsageError(f"{flag}: must be a number; got {value}.")


def _check_numbers(limits: Limits, batch: int | None, wait: float) -> None:
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


def _exports(given: list[str], trust: bool) -> list[Export]:
    """The models that are served: those that were named, else all of the workspace, the newest first."""
    workspace = Workspace.locate()
    if given:
        return [choose_export(workspace, name, None, trust) for name in given]
    exports, left_out = list_exports(workspace)
    for why in left_out:
        note(f"Left out: {why}")
    return exports or [choose_export(workspace, None, None, trust)]
