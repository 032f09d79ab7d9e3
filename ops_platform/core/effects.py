"""Effects: what a rule wants to happen in the world, one row each. The dry run is the frame itself.

What belongs here: the shape, the kinds and which system each goes to. What does not: why something is wanted (the
rules), the ledger that lets each happen once (adapters/ledger.py) and the delivery (flows/effects).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = [
    "key", "kind", "target", "payload", "due_at", "not_after", "after_key", "keep_first", "label", "reason",
]  # fmt: skip
"""key: the business occurrence (core/effect_keys.py), never a run id. kind: one of KINDS. target: who or what it is
for: an address, a phone, a customer; shown masked. payload: a JSON object with all that is needed to do it. due_at,
not_after: aware moments; None: at once, and for ever. after_key: the effect that must be `sent` before. keep_first: the
payload of an effect that is known stays as it is (a report is frozen at its first rendering); else another payload is
an error. label: what a person calls it. reason: why it is wanted."""

KINDS: Final = {
    "email": "mail",
    "coupon": "bigcommerce",
    "coupon_deletion": "bigcommerce",
    "customer": "counterpoint_api",
    "text": "texts",
    "command": "machine",
}
"""Kind of effect -> the system it goes to, whose setting says whether that is real."""

PART: Final = ":"
"""Between a kind and a part of it that is paused alone: text:birthday."""

_USUAL: Final[Mapping[str, Any]] = {"due_at": None, "not_after": None, "after_key": None, "keep_first": False}
STATUSES: Final = (
    "held", "planned", "claimed", "sent", "suppressed", "expired", "failed", "unknown", "cancelled", "dropped",
)  # fmt: skip
"""held: waits for a person. cancelled: given up by one, for good. dropped: held in a plan that was given up; a later
plan may want the key again. unknown: it was begun, and nobody knows its end."""


def no_effects() -> pd.DataFrame:
    """Effects without rows."""
    import pandas as pd  # noqa: PLC0415  # half a second that listing the automations must not cost

    return pd.DataFrame({column: pd.Series(dtype=object) for column in COLUMNS})


def effect_set(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Make effects of rows; what a row leaves out of due_at, not_after, after_key is None, keep_first is False.

    Errors: ValueError for two rows of one key, an unknown kind, and a missing value.
    """
    made = []
    for row in rows:
        whole = {**_USUAL, **row}
        if missing := [column for column in COLUMNS if column not in whole]:
            raise ValueError(f"effect {row.get('key')} lacks {', '.join(missing)}")
        made.append(tuple(whole[column] for column in COLUMNS))
    return effect_rows(made)


def effect_rows(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Make effects of rows in the order of COLUMNS, as effect_set does; for a hundred thousand of them."""
    import pandas as pd  # noqa: PLC0415

    if not rows:
        return no_effects()
    keys = Counter(row[0] for row in rows)
    if len(keys) < len(rows):
        raise ValueError(f"two effects of one key: {keys.most_common(1)[0][0]}")
    if unknown := {row[1] for row in rows} - KINDS.keys():
        raise ValueError(f"unknown kind of effect: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def payload_hash(kind: str, target: str, payload: Mapping[str, Any]) -> str:
    """The fingerprint by which a repeated key is known to mean the same. Errors: TypeError for no JSON."""
    text = json.dumps([kind, target, payload], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
