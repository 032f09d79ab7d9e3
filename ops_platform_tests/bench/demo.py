"""What a new user waits for: the first `ops demo --no-ui` in an empty folder, and the second one."""

from __future__ import annotations

import os
import subprocess
import sys
from time import perf_counter

from ops_platform_tests.bench.table import Row
from ops_platform_tests.conftest import open_temp_dir, remove_home


def run(short: bool = False) -> list[Row]:
    """Run the real command twice on a database of its own; about a minute, with `short` a tenth of the cars."""
    home = open_temp_dir("ops-bench-demo-", on_disk=True)
    try:
        first, second = (_demo(str(home), cars=1_000 if short else 10_000) for _ in range(2))
    finally:
        remove_home(home)
    return [
        Row("first demo, three days to all green, no UI", first, "s", "", None, None, "< 180 s", first < 180),
        Row("second demo to all green, no UI", second, "s", "", None, None, "< 45 s", second < 45),
    ]


def _demo(home: str, *, cars: int) -> float:
    """Seconds of one demo, loading Python included. Raises CalledProcessError when an asset or check failed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPS_")}
    command = [sys.executable, "-m", "ops_platform", "demo", "--no-ui", "--cars", str(cars)]
    started = perf_counter()
    subprocess.run(command, env={**environment, "OPS_HOME": home}, check=True, capture_output=True)
    return perf_counter() - started
