"""What time a run works for. The one place of the shell that asks the clock.

A run of a schedule carries the tick's time as the tag `ops/as_of`, so that a late or repeated run works for the
day it was meant for; a person may set the tag by hand. Without it a run works for now. Rules only see the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import dagster as dg

AS_OF_TAG = "ops/as_of"


def as_of(tags: Mapping[str, str], zone: str) -> datetime:
    """Return the time a run with these tags works for, aware, in the business zone.

    Errors: dg.Failure (never tried again) when the tag is no ISO time.
    """
    business = ZoneInfo(zone)
    text = tags.get(AS_OF_TAG)
    if text is None:
        return datetime.now(business)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise dg.Failure(
            f"The tag {AS_OF_TAG} of this run is {text!r}. Write a day or a time like 2026-03-08 or "
            "2026-03-08T06:00:00-05:00, or remove the tag to work for now.",
            allow_retries=False,
        ) from None
    # A time without a zone is the business's own: a person who types 2026-03-08 means that day there.
    return moment.astimezone(business) if moment.tzinfo else moment.replace(tzinfo=business)


def as_of_tag(moment: datetime) -> dict[str, str]:
    """Return the tag that makes a run work for this time."""
    return {AS_OF_TAG: moment.isoformat()}
