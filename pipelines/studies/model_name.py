"""The type of a parameter that names a model."""

from typing import Annotated

from pydantic import AfterValidator

from barometer.models.base import model_kind


def _known(name: str) -> str:
    model_kind(name)
    return name


# Pydantic reports the SettingsError of an unknown name together with the key.
ModelName = Annotated[str, AfterValidator(_known)]
