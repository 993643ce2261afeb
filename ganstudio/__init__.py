"""A terminal workstation for generative adversarial networks."""

import os

__version__ = "0.1.0"

# onnxruntime reports its use to its maker unless told not to, and complains where there is no home folder to keep an
# id in. It reads this when it is imported, here or in a worker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
