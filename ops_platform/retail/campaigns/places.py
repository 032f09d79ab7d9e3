"""Where a phone number may be: the zones and states of its area code, and of the customer's address.

What belongs here: from number and address to a Place (quiet_hours.py), and whether a number is of this country. What
does not: hours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final

from ops_platform.retail.campaigns.quiet_hours import Place
from ops_platform.retail.people import state_code

_AT_HOME: Final = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
"""The United States and what belongs to them and has area codes of its own."""
_MEANT: Final = {"Washington State": "Washington", "Washington D.C.": "DC"}
"""How the library calls two places -> how the list of states does."""


def place_of(digits: str, state: str | None, usual_zone: str) -> Place:
    """Where a ten-digit number and an address may be; the store's zone where the number says nothing.

    Every zone of the address's state counts, also where the number names one of them: a number from Nashville says
    nothing about who moved to Knoxville, and a text that is an hour too early cannot be taken back.
    """
    return _place(digits[:6], state, usual_zone)


@lru_cache(maxsize=1024)
def is_foreign(area_code: str) -> bool:
    """Whether an area code is another country's: +1 is Canada and the Caribbean too.

    One that nobody knows is none of theirs: new ones come every year, and most are of the United States.
    """
    import phonenumbers  # noqa: PLC0415  # with its tables a fifth of a second

    region = phonenumbers.region_code_for_number(_number(f"{area_code}345"))
    return region is not None and region not in _AT_HOME


@lru_cache(maxsize=65536)
def _place(exchange: str, state: str | None, usual_zone: str) -> Place:
    """exchange: the first six digits."""
    code, of_state = _of_state(state)
    states = (_state_of_area_code(exchange[:3]), code)
    zones = (*(_zones_of_exchange(exchange) or (usual_zone,)), *of_state)
    return _one_object(tuple(dict.fromkeys(zones)), tuple(dict.fromkeys(each for each in states if each)))


@cache
def _one_object(zones: tuple[str, ...], states: tuple[str, ...]) -> Place:
    """Places that are alike are one object, which is quicker to look up than to compare."""
    return Place(zones, states)


def _zones_of_exchange(exchange: str) -> tuple[str, ...]:
    """The zones of the library for an exchange it lists; else all that its area code has, because what it says of the
    others is a default: of 423 it is Central, and Chattanooga is not.
    """
    from phonenumbers.tzdata import TIMEZONE_DATA  # noqa: PLC0415

    return tuple(TIMEZONE_DATA.get(f"1{exchange}", ())) or _zones_of_area_codes().get(exchange[:3], ())


@cache
def _zones_of_area_codes() -> Mapping[str, tuple[str, ...]]:
    """Every zone of each area code. Toll-free and personal numbers have none."""
    from phonenumbers.tzdata import TIMEZONE_DATA  # noqa: PLC0415

    found: dict[str, dict[str, None]] = defaultdict(dict)
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) > 3:
            found[prefix[1:4]] |= dict.fromkeys(zones)
    return {area_code: tuple(zones) for area_code, zones in found.items()}


@lru_cache(maxsize=1024)
def _state_of_area_code(area_code: str) -> str | None:
    import us  # noqa: PLC0415
    from phonenumbers import geocoder  # noqa: PLC0415

    words = geocoder.description_for_number(_number(f"{area_code}200"), "en").rpartition(", ")[2]
    found = us.states.lookup(_MEANT.get(words, words)) if words else None
    return found.abbr if found else None


@lru_cache(maxsize=1024)
def _of_state(state: str | None) -> tuple[str | None, tuple[str, ...]]:
    """The two letters of a state as somebody wrote it, and its zones."""
    import us  # noqa: PLC0415

    code = state_code(state)
    found = us.states.lookup(code) if code else None
    return code, tuple(found.time_zones) if found else ()


def _number(exchange: str) -> Any:
    import phonenumbers  # noqa: PLC0415

    return phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{exchange}2345"))
