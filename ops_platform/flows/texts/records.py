"""What is kept of texts after they were sent: a row each, what became of them, and phones that get none any more.

What belongs here: bringing texts and Twilio's word of them together, repeatably. What does not: sending
(flows/effects/texts.py) and what people write back (inbound.py).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from ops_platform.adapters import ledger
from ops_platform.adapters.database import Database, copy_rows, execute, records
from ops_platform.adapters.twilio_api import MEANINGS, TextError, TextStatus
from ops_platform.flows.effects.deciding import pause
from ops_platform.flows.retail.systems import Systems

if TYPE_CHECKING:
    from ops_platform.flows.retail.runner import Outcome, Run

_log: Final = logging.getLogger(__name__)
_EARLIER: Final = timedelta(minutes=5)
_AT_ONCE: Final = 5_000
_STOPPING: Final = sorted(code for code, (meaning, _) in MEANINGS.items() if meaning == "stop_all" and code >= 30000)
_WHO: Final = "the platform"
_COLUMNS: Final = {"sid": "text", "status": "text", "code": "int4", "segments": "int4", "price": "numeric"}


@dataclass(frozen=True)
class Told:
    """What a look at Twilio's records changed. asked: texts whose end was open. paused: why texts were stopped."""

    asked: int = 0
    changed: int = 0
    suppressed: int = 0
    paused: str | None = None


def keep_sent(db: Database) -> int:
    """Give every text that was sent its row, and every phone Twilio refused its suppression; return the new rows."""
    with db.transaction() as connection:
        made = execute(connection, "texts/put_messages", sid=None)
        execute(connection, "texts/put_refused_phones")
    return made


def keep_one(db: Database, sid: str) -> None:
    """Give a text its row, if it was sent and has none: for a question about it alone."""
    db.execute("texts/put_messages", sid=sid)


def after_texts(db: Database, systems: Systems, run: Run, outcome: Outcome) -> None:
    """The hook of every campaign (flows/retail/after.py)."""
    keep_sent(db)


def ask_statuses(db: Database, systems: Systems) -> Told:
    """Ask Twilio what became of texts whose end is open. Errors: TextError."""
    keep_sent(db)
    is_sandbox = systems.is_sandbox("texts")
    with db.transaction() as connection:
        (open_ones,) = records(connection, "texts/open_messages", is_sandbox=is_sandbox)
    if not open_ones["texts"]:
        return Told(paused=stop_when_refused(db, is_sandbox=is_sandbox))
    changed = suppressed = 0
    newest = systems.texts.newest(open_ones["since"] - _EARLIER)
    while part := list(islice(newest, _AT_ONCE)):  # a busy day's texts are more than belong into memory
        counts = put_told(db, part, is_sandbox=is_sandbox)
        changed, suppressed = changed + counts[0], suppressed + counts[1]
    return Told(open_ones["texts"], changed, suppressed, stop_when_refused(db, is_sandbox=is_sandbox))


def put_told(db: Database, told: Iterable[TextStatus], *, is_sandbox: bool) -> tuple[int, int]:
    """Write down what Twilio says of texts; return how many changed, and how many phones cannot be texted any more."""
    rows = [(text.sid, text.status, text.code, text.segments, text.price) for text in told]
    with db.transaction() as connection:
        execute(connection, "texts/told_stage")
        copy_rows(connection, "told", _COLUMNS, rows)
        changed = execute(connection, "texts/put_told")
        suppressed = execute(connection, "texts/put_unreachable", is_sandbox=is_sandbox)
    return changed, suppressed


def stop_when_refused(db: Database, *, is_sandbox: bool) -> str | None:
    """Pause texts when carriers refuse them all for a reason that the next would meet too; return why they are paused.

    None: they are not, or a person did it. Texts from before somebody let them go on count no more.
    """
    with db.transaction() as connection:
        found = records(connection, "texts/account_errors", codes=_STOPPING, is_sandbox=is_sandbox)
        control = ledger.control(connection, "text")
        if control.is_paused:
            return control.why if control.who == _WHO else None
        if not found:
            return None
        code, count = found[0]["code"], found[0]["texts"]
        why = f"Twilio {code} for {count} texts: {MEANINGS[code][1]}"
    pause(db, "text", why=why, who=_WHO)
    _log.error("texts are paused: %s", why)
    return why


def open_errors(error: TextError) -> str:
    """How a failed look is told."""
    return f"Twilio could not be asked what became of texts: {error}"
