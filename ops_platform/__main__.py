"""`python -m ops_platform` is `ops`, for when the environment's bin folder is not on PATH."""

from __future__ import annotations

from ops_platform.cli import main

if __name__ == "__main__":
    main()
