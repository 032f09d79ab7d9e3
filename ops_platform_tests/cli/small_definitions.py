"""Definitions for tests of the services: a run that goes on until it is told to end, in a pool of one."""

from __future__ import annotations

import os
import time
from pathlib import Path

import dagster as dg


@dg.asset(pool="outside_system")
def waits_for_release() -> None:
    """Say that the run is in the middle of its work, and work on until the file `release` appears."""
    home = Path(os.environ["OPS_HOME"])
    (home / "in_the_middle").touch()
    while not (home / "release").exists():
        time.sleep(0.05)


defs = dg.Definitions(
    assets=[waits_for_release],
    jobs=[dg.define_asset_job("waiting_job", [waits_for_release])],
    executor=dg.in_process_executor,
)
