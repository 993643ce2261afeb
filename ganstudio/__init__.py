"""A terminal workstation for generative adversarial networks.

>>> import ganstudio
>>> ws = ganstudio.Workspace(".")
>>> run = ws.train("dcgan", data="mnist", minutes=4)
>>> run.wait().export().sample(seeds=range(64))

The names below are loaded when they are first used: `import ganstudio` itself costs nothing.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganstudio.api.data_sets import DataSet as DataSet
    from ganstudio.api.metrics import Metrics as Metrics
    from ganstudio.api.model import Model as Model
    from ganstudio.api.pictures import Picture as Picture
    from ganstudio.api.pictures import Pictures as Pictures
    from ganstudio.api.run import Run as Run
    from ganstudio.api.workspace import Workspace as Workspace
    from ganstudio.client import Client as Client
    from ganstudio.errors import DataError as DataError
    from ganstudio.errors import RecipeError as RecipeError
    from ganstudio.errors import StudioError as StudioError
    from ganstudio.errors import TrainingError as TrainingError
    from ganstudio.errors import UsageError as UsageError

__version__ = "0.1.0"

_PLACES = {
    **dict.fromkeys(("StudioError", "UsageError", "RecipeError", "DataError", "TrainingError"), "ganstudio.errors"),
    "Client": "ganstudio.client",
    "DataSet": "ganstudio.api.data_sets",
    "Metrics": "ganstudio.api.metrics",
    "Model": "ganstudio.api.model",
    "Picture": "ganstudio.api.pictures",
    "Pictures": "ganstudio.api.pictures",
    "Run": "ganstudio.api.run",
    "Workspace": "ganstudio.api.workspace",
}

# onnxruntime reports its use to its maker unless told not to, and complains where there is no home folder to keep an
# id in. It reads this when it is imported, here or in a worker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PLACES])
