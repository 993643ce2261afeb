"""The part of the screen Studio that looks closer: at the maps of a layer, and at the nearest training images."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.tui.studio.activations_screen import ActivationsScreen
from ganstudio.tui.studio.film_page import FilmPage
from ganstudio.tui.studio.nearest_screen import NEAREST, NearestScreen

if TYPE_CHECKING:
    from ganstudio.inference.augmentation.training_images import TrainingImages
    from ganstudio.inference.latent.activations import Activations, Maps
    from ganstudio.inference.latent.point_model import PointModel
    from ganstudio.tui.studio.nearest_screen import Found


class LookPage(FilmPage):
    """A page whose looks closer are screens over it. What they read is kept as long as the model is open."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: tuple[PointModel, Activations] | None = None
        self._images: tuple[PointModel, TrainingImages] | None = None

    def action_activations(self) -> None:
        model, point = self._model, self.snapshot.current
        if model is None or point is None:
            return

        def maps(place: int) -> tuple[Maps, int, int]:
            layers = self._activations(model)
            return layers.maps(point, place), place, len(layers.layers)

        self.app.push_screen(ActivationsScreen(maps))

    def _activations(self, model: PointModel) -> Activations:
        """The layers of a model, opened once. Called in a thread."""
        from ganstudio.inference.latent.activations import Activations

        if self._seen is None or self._seen[0] is not model:
            self._seen = model, Activations(model)
        return self._seen[1]

    def action_nearest(self) -> None:
        model, point = self._model, self.snapshot.current
        picture = self._cache.get(point)
        if model is None or picture is None:
            return

        def found() -> Found:
            images = self._training_images(model)
            return images.nearest(picture, NEAREST), images.name, len(images), images.nearer_than, images.half

        self.app.push_screen(NearestScreen(picture, found))

    def _training_images(self, model: PointModel) -> TrainingImages:
        """The images that a model was trained on, read once. Called in a thread. Raises UsageError where they are not
        here.
        """
        from ganstudio.inference.augmentation.training_images import TrainingImages, training_data

        if self._images is None or self._images[0] is not model:
            data = training_data(self.workspace, model.whole.manifest)
            self._images = model, TrainingImages(data, Path(tempfile.gettempdir()))
        return self._images[1]
