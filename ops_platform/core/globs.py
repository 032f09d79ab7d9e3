"""Patterns that leave files out: `*.tmp` at any depth, `cache/**` from the top. Pure text, no file is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable


def excluder(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells whether a path is left out. A folder that is left out takes all that is in it along.

    Paths are relative, with `/` between their parts. A pattern without `/` fits a name at any depth; one with it fits
    from the top. `*` and `?` stay within a name, `**` is any number of folders, `[ab]` one of these signs. Case does
    not matter: Windows and macOS know none.
    """
    told = [_expression(pattern) for pattern in patterns if pattern.strip().strip("/")]
    if not told:
        return lambda _path: False
    fits = re.compile("|".join(told), re.IGNORECASE | re.DOTALL)
    return lambda path: fits.fullmatch(path) is not None


def _expression(pattern: str) -> str:
    bare = pattern.strip().replace("\\", "/")
    anchored = "/" in bare.rstrip("/")
    parts = [part for part in bare.split("/") if part not in ("", ".")]
    made = "" if anchored else "(?:.*/)?"
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        if part == "**":
            made += ".+" if last else "(?:.*/)?"
        else:
            made += _name(part) + ("" if last else "/")
    return f"(?:{made}(?:/.*)?)"


def _name(part: str) -> str:
    """One name with its wildcards."""
    made, place = "", 0
    while place < len(part):
        sign = part[place]
        end = part.find("]", place + 2) if sign == "[" else -1
        if sign == "*":
            made += "[^/]*"
        elif sign == "?":
            made += "[^/]"
        elif end > 0:
            inside = part[place + 1 : end]
            negated = inside.startswith("!")
            signs = re.escape(inside[negated:]).replace("\\-", "-")
            made += f"(?!/)[{'^' if negated else ''}{signs}]"
            place = end
        else:
            made += re.escape(sign)
        place += 1
    return made
