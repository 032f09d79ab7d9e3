"""The one entry Dagster loads. What is in it is put together in defs/wiring.py, which jobs inside a process use too."""

from __future__ import annotations

from ops_platform.defs.wiring import defs

__all__ = ["defs"]
