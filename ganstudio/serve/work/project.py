"""A projection as a job: its picture is decoded, and its latent searched for, in a child process."""

from __future__ import annotations

import base64
import hashlib

import numpy as np
from starlette.responses import Response

from ganstudio.inference.latent.projection.projector import STEPS
from ganstudio.inference.pictures import picture
from ganstudio.inference.provenance import words_of_made
from ganstudio.inference.sampling import choose_classes
from ganstudio.progress import Progress
from ganstudio.serve import answers, requests
from ganstudio.serve.children import project_in_child
from ganstudio.serve.models.catalog import Lease
from ganstudio.serve.problems import refused
from ganstudio.serve.settings import Settings
from ganstudio.serve.uploads import Upload


class Projection:
    """A checked projection. Raises ProblemError, or UsageError in the words of `ganstudio project`."""

    def __init__(self, lease: Lease, upload: Upload[requests.Project], settings: Settings) -> None:
        asked, opened = upload.asked, lease.opened
        manifest, limits = opened.export.manifest, settings.limits
        if len(opened.generator.image_shape) != 3:
            raise refused(f"model: {opened.name} draws clips or voxel grids; only pictures are projected.", "model")
        self.steps = min(STEPS, limits.search_steps) if asked.steps is None else asked.steps
        if self.steps > limits.search_steps:
            raise refused(f"steps: from 0 to {limits.search_steps}; got {self.steps}.", "steps")
        labels = None if asked.class_ is None else choose_classes(manifest.classes, [0], asked.class_)
        self.lease, self._content = lease, upload.images[0]
        self._message = {
            "model": str(opened.export.path),
            "provider": opened.generator.provider,
            "shape": list(opened.generator.image_shape),
            "label": labels[0] if labels else None,
            "steps": self.steps,
            "fit": asked.fit,
            "pixels": limits.pixels,
        }

    async def run(self, progress: Progress) -> Response:
        """The answer, as JSON."""
        progress(0, self.steps)
        message, (latent, pixels) = await project_in_child(self._message, self._content, progress)
        opened = self.lease.opened
        manifest = opened.export.manifest
        options = f"{self.steps} {self._message['label']} {self._message['fit']}"
        parts = [manifest.sha256, "project", options, hashlib.sha256(self._content).hexdigest()]
        words = words_of_made(opened.name, manifest.sha256, hashlib.sha256("\n".join(parts).encode()).hexdigest())
        drawn = np.frombuffer(pixels, np.uint8).reshape(message["shape"])
        label = message["label"]
        found = answers.Projection(
            model=opened.name,
            image=base64.b64encode(picture(drawn, words, "png")).decode(),
            latent=requests.Latent(
                space=message["space"],
                values=base64.b64encode(latent).decode(),
                class_=None if label is None else manifest.classes[int(label)],
            ),
            distance=float(message["distance"]),
            start_distance=float(message["start_distance"]),
            notes=[str(note) for note in message["notes"]],
        )
        return Response(found.model_dump_json(by_alias=True), media_type="application/json")
