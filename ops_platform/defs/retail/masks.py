"""Changes as Dagster may keep them: whoever opens the UI reads its event log, and nobody is ever taken out of that.

What belongs here: which fields of a customer name nobody, and masks of the others. What does not: the masks themselves
(core/privacy.py). `ops retail plan` shows the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ops_platform.core.privacy import mask_email, mask_name, mask_phone, masked

# Days, points and codes. What is not here is masked, also a field that comes to be changed one day.
_NAMES_NOBODY: Final = frozenset({
    "name_type", "category", "mail_opt_in", "loyalty_program", "points", "points_earned", "points_redeemed",
    "points_adjusted", "loyalty_adjusted_on", "loyalty_last_adjustment", "first_sale", "last_sale", "last_sale_amount",
    "sms_consent_1", "sms_consent_2",
})  # fmt: skip


def shown(change: Mapping[Any, Any]) -> dict[str, Any]:
    """A change (target, field, old, new, and what else a table shows) with masks where it is of a customer."""
    row = {str(name): value for name, value in change.items()}
    if row["target"] != "customers":
        return row
    row |= {name: masked(row[name]) for name in ("reason", "detail") if row.get(name)}
    if row["field"] in _NAMES_NOBODY:
        return row
    return row | {name: _masked(row["field"], row[name]) for name in ("old", "new")}


def _masked(field: str, value: Any) -> str | None:
    if value is None:
        return None
    if field.startswith(("phone", "mobile")):
        return mask_phone(str(value))
    return mask_email(str(value)) if field.startswith("email") else mask_name(str(value))
