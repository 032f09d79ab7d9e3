"""What somebody who writes back means: no more texts, texts again, or something else. Pure.

What belongs here: reading words. What does not: what follows from them (flows/texts/inbound.py). The words are those
that Twilio itself handles, and, because people may revoke in any reasonable way (47 CFR 64.1200(a)(10)),
sentences that clearly say so. In doubt it is no opt-out, and a person reads it.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Meaning = Literal["stop", "start", "other"]

STOP_WORDS: Final = frozenset(
    {"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "opt out", "opt-out", "cancel"}
)
_ALONE: Final = frozenset({"stop", "stopall", "unsubscribe", "quit", "optout", "revoke"})
_AROUND: Final = frozenset({
    "all", "please", "pls", "plz", "now", "thanks", "thank", "you", "ty", "the", "these", "your", "my", "me", "it",
    "this", "sms", "text", "texts", "texting", "message", "messages", "immediately", "already",
})  # fmt: skip
START_WORDS: Final = frozenset({"start", "yes", "unstop"})
_SENTENCES: Final = re.compile(
    r"\b(?:stop|quit|end|cease)\s+(?:\w+\s+){0,3}(?:text|message|sms|messaging|contact)"
    r"|\b(?:stop|quit)\s+(?:it|this|that|now|please)\b"
    r"|\bplease\s+(?:stop|unsubscribe|cancel|quit)\b"
    r"|\bunsubscribe\b"
    r"|\bopt(?:ed|ing)?[\s-]*(?:me\s+)?out\b"
    r"|\b(?:remove|take)\s+me\b"
    r"|\b(?:no\s+longer|don't|dont|do\s+not)\s+(?:want|wish)\s+(?:to\s+(?:get|receive|be)|these|this|your|any)\b"
    r"|\bleave\s+me\s+alone\b|\bwrong\s+(?:number|person)\b"
    r"|\b(?:do\s*n[o']?t|don't|dont|do\s+not|no\s+more|never)\s+(?:\w+\s+){0,4}(?:text|texts|message|messages|sms)\b"
    r"|\brevoke\b",
    re.IGNORECASE,
)


def meaning_of(body: str) -> Meaning:
    """What a message means. A single word counts with any sign around it: STOP! and "stop." are the same."""
    text = " ".join(body.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").casefold().split())
    word = text.strip(" .,;:!?\"'()*-")
    if word in STOP_WORDS:
        return "stop"
    if word in START_WORDS:
        return "start"
    words = {each.strip(" .,;:!?\"'()*-") for each in text.split()} - {""}
    if words & _ALONE and words <= _ALONE | _AROUND:  # STOP STOP, stop please, unsubscribe me now
        return "stop"
    return "stop" if _SENTENCES.search(text) else "other"
