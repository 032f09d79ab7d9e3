"""Secrets that an installation makes for itself: made once, kept in `home`, readable by its owner alone.

What belongs here: making and reading one. What does not: what it is used for. A secret of the settings counts instead.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from ops_platform.adapters.files import FileWriteError, explain

_FOLDER: Final = "secrets"
_BYTES: Final = 32


def installation_secret(home: Path, name: str, given: SecretStr | None = None) -> bytes:
    """The secret of this name: the one given, else that of `<home>/secrets/<name>`, which is made when it is not there.

    Two processes that make it at the same time get the same. Raises FileWriteError.
    """
    if given is not None and given.get_secret_value():
        return given.get_secret_value().encode()
    path = home / _FOLDER / name
    try:
        return _read(path) or _made(path)
    except OSError as error:
        raise explain(error, path) from None


def _read(path: Path) -> bytes | None:
    try:
        found = path.read_bytes().strip()
    except FileNotFoundError:
        return None
    if not found:
        raise FileWriteError(path, "check", f"{path} is empty. Put the secret back from a backup, or remove the file.")
    return found


def _made(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temp = tempfile.mkstemp(dir=path.parent)  # nobody else may read it
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temp, path)  # never over one that is there
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            Path(temp).rename(path)
    finally:
        Path(temp).unlink(missing_ok=True)
    found = _read(path)
    assert found is not None
    return found
