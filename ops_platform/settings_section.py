"""What every group of settings is, and whether a system of it is real. Nothing else: settings*.py all build on it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Mode = Literal["sandbox", "live"]


class Section(BaseModel):
    """A group of settings: read-only, and every key must be known."""

    model_config = ConfigDict(extra="forbid", frozen=True)
