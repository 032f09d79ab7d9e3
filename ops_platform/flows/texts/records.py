"""What is kept of texts after they were sent: a row each, what became of them, and phones that get none any more.

What belongs here: bringing texts and Twilio's word of them together, repeatably. What does not: sending
(flows/effects/texts.py) and what people write back (inbound.py).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from ops_platform.adapters import ledger
from ops_platform.adapters.database import Database, copy_rows, execute, records, scalar
from ops_platform.adapters.twilio_api import MEANINGS, TextError, TextStatus
from ops_platform.core.effects import PART
from ops_platform.flows.effects.deciding import pause
from ops_platform.flows.retail.systems import Systems
from ops_platform.flows.texts.inbound import catch_up

if TYPE_CHECKING:
    from ops_platform.flows.retail.runner import Outcome, Run

_log: Final = logging.getLogger(__name__)
_EARLIER: Final = timedelta(minutes=5)
_AT_ONCE: Final = 5_000
_STOPPING: Final = sorted(code for code, (meaning, _) in MEANINGS.items() if meaning == "stop_all" and code >= 30000)
_FILTERED: Final = 30007
_WHO: Final = "the platform"
_COLUMNS: Final = {"sid": "text", "status": "text", "code": "int4", "segments": "int4", "price": "numeric"}


@dataclass(frozen=True)
class Told:
    """What a look at Twilio's records changed. asked: texts whose end was open. heard: what people wrote that was new.

    paused: what the platform stopped, all texts (text) or a campaign's (text:birthday), and why.
    """

    asked: int = 0
    changed: int = 0
    suppressed: int = 0
    heard: int = 0
    paused: Mapping[str, str] = field(default_factory=dict)


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
    """Ask Twilio what became of texts whose end is open, and what people wrote. Errors: TextError.

    Without a webhook this is the only way that a reply is heard, so it is asked for when no text is open as well.
    """
    keep_sent(db)
    is_sandbox, texts = systems.is_sandbox("texts"), systems.settings.retail.texts
    with db.transaction() as connection:
        (open_ones,) = records(connection, "texts/open_messages", is_sandbox=is_sandbox)
        replies = None if texts.webhook_url else scalar(connection, "texts/replies_since", is_sandbox=is_sandbox)
    since = [moment for moment in (open_ones["since"], replies) if moment is not None]
    changed = suppressed = 0
    inbound: list[TextStatus] = []
    newest = systems.texts.newest(min(since) - _EARLIER) if since else iter(())
    while part := list(islice(newest, _AT_ONCE)):  # a busy day's texts are more than belong into memory
        inbound += [text for text in part if text.is_inbound]
        counts = put_told(db, [text for text in part if not text.is_inbound], is_sandbox=is_sandbox)
        changed, suppressed = changed + counts[0], suppressed + counts[1]
    heard = catch_up(db, inbound, is_sandbox=is_sandbox)
    paused = stop_when_refused(db, is_sandbox=is_sandbox, max_filtered=texts.max_filtered)
    return Told(open_ones["texts"], changed, suppressed, heard, paused)


def put_told(db: Database, told: Iterable[TextStatus], *, is_sandbox: bool) -> tuple[int, int]:
    """Write down what Twilio says of texts; return how many changed, and how many phones cannot be texted any more."""
    rows = [(text.sid, text.status, text.code, text.segments, text.price) for text in told]
    with db.transaction() as connection:
        execute(connection, "texts/told_stage")
        copy_rows(connection, "told", _COLUMNS, rows)
        changed = execute(connection, "texts/put_told")
        suppressed = execute(connection, "texts/put_unreachable", is_sandbox=is_sandbox)
    return changed, suppressed


def stop_when_refused(db: Database, *, is_sandbox: bool, max_filtered: int) -> dict[str, str]:
    """Pause what carriers refuse for a reason that the next text would meet too; return what is paused so, and why.

    A number that is not registered concerns all texts. Filtering goes by the words: so many of a campaign in a row stop
    that campaign, a single one nothing. What a person paused is not told. Texts from before somebody let them go on
    count no more.
    """
    with db.transaction() as connection:
        refused = records(connection, "texts/account_errors", codes=_STOPPING, is_sandbox=is_sandbox)
        given = {"code": _FILTERED, "most": max_filtered, "is_sandbox": is_sandbox}
        filtered = records(connection, "texts/filtered_runs", **given)
        controls = {row["kind"]: row for row in records(connection, "effects/controls") if row["is_paused"]}
    wanted = {}
    if refused:
        code, count = refused[0]["code"], refused[0]["texts"]
        wanted["text"] = f"Twilio {code} for {count} text{'s' if count > 1 else ''}: {MEANINGS[code][1]}"
    for row in filtered:
        in_a_row = f"{row['texts']} texts in a row" if row["texts"] > 1 else "a text"
        wanted[f"text{PART}{row['campaign']}"] = f"Twilio {_FILTERED} for {in_a_row}: {MEANINGS[_FILTERED][1]}"
    new = {} if ledger.ALL in controls else {kind: why for kind, why in wanted.items() if kind not in controls}
    for kind, why in new.items():
        pause(db, kind, why=why, who=_WHO)
        _log.error("%s: paused, %s", kind, why)
    known = {
        kind: row["why"] for kind, row in controls.items() if row["who"] == _WHO and kind.partition(PART)[0] == "text"
    }
    return known | new


def open_errors(error: TextError) -> str:
    """How a failed look is told."""
    return f"Twilio could not be asked what became of texts: {error}"
