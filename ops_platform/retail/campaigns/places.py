"""Where a phone number may be: the zones and states of its area code, and of the customer's address.

What belongs here: from number and address to a Place (quiet_hours.py). What does not: hours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from ops_platform.retail.campaigns.quiet_hours import Place
from ops_platform.retail.people import state_code

_ANYWHERE: Final = 5
"""A number with more zones than this is of no place: toll-free and personal numbers, which cannot be texted anyway."""


def place_of(digits: str, state: str | None, usual_zone: str) -> Place:
    """Where a ten-digit number and an address may be; the store's zone where the number says nothing.

    An address in a state of another zone counts too: its zones join those of the number.
    """
    return _place(digits[:3], state, usual_zone)


@lru_cache(maxsize=4096)
def _place(area_code: str, state: str | None, usual_zone: str) -> Place:
    zones, number_state = _of_area_code(area_code)
    state = state_code(state)
    states = [code for code in (number_state, state) if code]
    zones = tuple(dict.fromkeys((*(zones or (usual_zone,)), *_zones_of_state(state))))
    return Place(zones, tuple(dict.fromkeys(states)))


@lru_cache(maxsize=1024)
def _of_area_code(area_code: str) -> tuple[tuple[str, ...], str | None]:
    import phonenumbers  # noqa: PLC0415  # with its tables a fifth of a second
    import us  # noqa: PLC0415
    from phonenumbers import geocoder, timezone  # noqa: PLC0415

    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{area_code}2000000"))
    zones = timezone.time_zones_for_geographical_number(number)
    if len(zones) > _ANYWHERE or "Etc/Unknown" in zones:
        zones = ()
    words = geocoder.description_for_number(number, "en")
    found = us.states.lookup(words.rpartition(", ")[2]) if words else None
    return tuple(zones), found.abbr if found else None


@lru_cache(maxsize=128)
def _zones_of_state(state: str | None) -> tuple[str, ...]:
    import us  # noqa: PLC0415

    found = us.states.lookup(state) if state else None
    # A state in two zones would forbid more than the law does; the number then says which it is.
    return tuple(found.time_zones) if found and len(found.time_zones) == 1 else ()
