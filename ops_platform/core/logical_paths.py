"""Logical paths: the folder names of the people's machines, and where the platform really keeps those files.

The operator's configurations and the print layouts speak of `C:\\qr_codes\\bmw_west_stl\\`. The platform may
run on Linux, where that is one odd file name. So a path is kept and exported as it was written (logical) and
translated to a folder of this machine only where bytes are read or written (physical).

What belongs here: joining, comparing and translating paths as text. What does not: touching a disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Final

from ops_platform.core.names import is_safe_file_name

_DRIVE: Final = re.compile(r"^[A-Za-z]:")


class LogicalPathError(ValueError):
    """A logical path cannot be used; the message says why and, where a setting would help, which."""


def looks_like_windows(path: str) -> bool:
    """Whether a path is written the Windows way: a drive letter, or a backslash anywhere (UNC shares too)."""
    return bool(_DRIVE.match(path)) or "\\" in path


def pure_path(path: str) -> PurePath:
    """The logical path as a PureWindowsPath or a PurePosixPath, whatever system this code runs on."""
    return PureWindowsPath(path) if looks_like_windows(path) else PurePosixPath(path)


def join_logical(base: str, name: str) -> str:
    """The path of the file `name` in the folder `base`, written as `base` is written.

    `join_logical("C:\\\\qr_codes\\\\bmw\\\\", "A.png")` is `C:\\qr_codes\\bmw\\A.png` on every system. Raises
    LogicalPathError for an empty base and for a name that is not one safe file name (`..`, `a/b`, `NUL.png`).
    """
    return join_logical_names(base, [name])[0]


def join_logical_names(base: str, names: Iterable[str]) -> list[str]:
    """`join_logical` for many names in one folder; the folder is parsed once."""
    if not base.strip():
        raise LogicalPathError("the folder is empty; set the dealership's qr_output_path")
    separator = "\\" if looks_like_windows(base) else "/"
    prefix = str(pure_path(base))
    prefix = prefix if prefix.endswith(separator) else prefix + separator
    joined = []
    for name in names:
        if not is_safe_file_name(name):
            raise LogicalPathError(f"{name!r} cannot be a file name in {base}")
        joined.append(prefix + name)
    return joined


def last_part(path: str) -> str:
    """The last folder or file name of a logical path: `C:\\qr_codes\\bmw\\` -> `bmw`."""
    return pure_path(path).name


class PathMap:
    """Where logical folders really are on this machine.

    `roots` maps logical roots (`C:\\qr_codes`, `\\\\nas\\print`, `/srv/qr`) to physical folders. The longest
    root that holds a path wins. Windows roots compare without regard to case, as Windows does. `setting` is
    the name of the setting the roots come from; error messages name it.
    """

    def __init__(self, roots: Mapping[str, Path], *, setting: str = "path_map") -> None:
        self._setting = setting
        self._roots: dict[tuple[str, ...], Path] = {}
        self._folders: dict[str, Path] = {}  # ten thousand QR files lie in forty folders: each is looked up once
        self._written = {text: Path(folder) for text, folder in roots.items()}
        for text, folder in self._written.items():
            key = self._key(self._parse(text))
            if key in self._roots:
                raise LogicalPathError(f'setting "{setting}": the root {text} is given twice')
            self._roots[key] = folder

    @property
    def roots(self) -> dict[str, Path]:
        """The roots as they were given, for status pages and error messages."""
        return dict(self._written)

    def to_physical(self, logical: str) -> Path:
        """The file or folder of this machine that `logical` means; always below its root's folder.

        Raises LogicalPathError for a relative path, for `..` and other parts that cannot be file names
        everywhere, and for a path under no root; the last names the setting to extend.
        """
        cut = max(logical.rfind("\\"), logical.rfind("/")) + 1
        known = self._folders.get(logical[:cut])
        if known is not None and is_safe_file_name(logical[cut:]):
            return known / logical[cut:]
        path = self._parse(logical)
        key = self._key(path)
        for length in range(len(key), 1, -1):
            folder = self._roots.get(key[:length])
            if folder is not None:
                rest = path.parts[length - 1 :]
                self._refuse_unsafe(logical, rest)
                physical = folder.joinpath(*rest)
                if rest and rest[-1] == logical[cut:] and not self._holds_a_root(key[:-1]):
                    self._folders[logical[:cut]] = physical.parent
                return physical
        raise LogicalPathError(self._unmapped(logical, path))

    def _holds_a_root(self, folder: tuple[str, ...]) -> bool:
        return any(root[: len(folder)] == folder and len(root) > len(folder) for root in self._roots)

    def _parse(self, logical: str) -> PurePath:
        path = pure_path(logical)
        if not path.is_absolute():
            raise LogicalPathError(
                f"{logical!r} is no absolute path; write all of it, for example C:\\qr_codes\\columbia_bmw\\"
            )
        if ".." in path.parts:
            raise LogicalPathError(f'{logical!r} contains ".."; write the folder it means instead')
        return path

    @staticmethod
    def _key(path: PurePath) -> tuple[str, ...]:
        if isinstance(path, PureWindowsPath):
            return ("windows", *(part.casefold() for part in path.parts))
        return ("posix", *path.parts)

    @staticmethod
    def _refuse_unsafe(logical: str, rest: tuple[str, ...]) -> None:
        for part in rest:
            if not is_safe_file_name(part):
                raise LogicalPathError(f"{logical!r}: {part!r} cannot be a folder or file name on every system")

    def _unmapped(self, logical: str, path: PurePath) -> str:
        root = str(path.parents[-2]) if len(path.parents) > 1 else str(path)
        known = ", ".join(self._written) or "none"
        return (
            f"no folder of this machine is known for {logical}; add its root to the setting "
            f'"{self._setting}", for example {root}: /where/these/files/are (known roots: {known})'
        )
