"""Install Chromium and its driver for the tests that look at the UI, where this user may.

Where it may not (no root, no apt-get), it says what to install and ends with 0: the browser tests then
skip with the same sentence.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

PACKAGES = ("chromium", "chromium-driver")


def main() -> int:
    """Return 0 when the browser is there or was explained, 1 when an attempted install failed."""
    if shutil.which("chromium") and shutil.which("chromedriver"):
        return 0
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        print("The browser tests will be skipped. To run them: sudo apt-get install -y " + " ".join(PACKAGES))
        return 0
    print("Installing " + " and ".join(PACKAGES) + " for the browser tests ...", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
    subprocess.run(["apt-get", "update", "-qq"], check=False, env=env, stdout=subprocess.DEVNULL)
    done = subprocess.run(install, check=False, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        print("Chromium could not be installed; see above. Without it the browser tests skip.", file=sys.stderr)
    return 0 if done.returncode == 0 else 1


if __name__ == "__main__":
    raise SystemExit(main())
