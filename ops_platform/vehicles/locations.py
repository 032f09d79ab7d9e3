"""Which dealership a scrape's Location means.

What belongs here: the directory of names and aliases. What does not: where they are stored (flows), the rules
of a dealership.

A location is looked up, never guessed: fuzzy matching alone picks the wrong dealership for 3 of 39 real
locations, and a car on the wrong lot is worse than one in quarantine. Guesses are only shown to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ops_platform.core.text import fold_key, nearest_name


class LocationDirectory:
    """Dealership names and the other ways scrapes write them.

    names: as in dealership_configs. aliases: spelling (or its `location_key`) -> dealership name, or None for
    a seller that is known and no client. Spellings are compared by `location_key`.
    Errors: ValueError, naming both sides, for two dealerships with one key, an alias of a dealership that
    does not exist, or a spelling that would mean two things.
    """

    def __init__(self, names: Iterable[str], aliases: Mapping[str, str | None] | None = None) -> None:
        self.names: Final = tuple(names)
        self._by_key: dict[str, str | None] = {}
        self._spellings: dict[str, str | None] = {}
        for name in self.names:
            self._add(name, name, kind="dealership")
        for spelling, target in (aliases or {}).items():
            if target is not None and target not in self.names:
                near = nearest_name(target, self.names)
                hint = f' Did you mean "{near}"?' if near else ""
                raise ValueError(f'The alias "{spelling}" points to "{target}", which is no dealership.{hint}')
            self._add(spelling, target, kind="alias")

    def resolve(self, text: str) -> str | None:
        """Return the dealership that `text` means; None when it is unknown or ignored on purpose."""
        return self._by_key.get(location_key(text))

    def is_ignored(self, text: str) -> bool:
        """Return whether an alias says that `text` is a known seller, but no client."""
        return self._by_key.get(location_key(text), "") is None

    def suggest(self, text: str) -> str | None:
        """Return the dealership a person most likely meant, by names and aliases; None when none is near."""
        near = nearest_name(text, self._spellings)
        return self._spellings[near] if near else None

    def _add(self, spelling: str, name: str | None, *, kind: str) -> None:
        key = location_key(spelling)
        if not key:
            raise ValueError(f'The {kind} "{spelling}" holds no letter or digit.')
        if key in self._by_key and (self._by_key[key] != name or kind == "dealership"):
            raise ValueError(
                f'The {kind} "{spelling}" reads like "{self._by_key[key] or "an ignored location"}": '
                "capitals, blanks and punctuation do not tell two names apart. Rename or remove one."
            )
        self._by_key[key] = name
        self._spellings[spelling] = name


def location_key(text: str) -> str:
    """Return the normalised spelling (column alias_norm): letters and digits, case folded, HTML decoded."""
    return fold_key(text)
