"""What somebody who writes back means: no more texts, texts again, or something else. Pure.

What belongs here: reading words. What does not: what follows from them (flows/texts/inbound.py). The words are those
that Twilio itself handles, and, because people may revoke in any reasonable way (47 CFR 64.1200(a)(10)),
sentences that clearly say so. In doubt it is no opt-out, and a person reads it; a person also reads what was taken for
one out of a sentence (`ops texts answers`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

Meaning = Literal["stop", "start", "other"]

STOP_WORDS: Final = frozenset(
    {"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "opt out", "opt-out", "cancel"}
)
START_WORDS: Final = frozenset({"start", "yes", "unstop"})
PLAIN: Final = sorted({re.sub(r"\W", "", word) for word in STOP_WORDS})
"""The words of STOP_WORDS without blanks and signs: what needs nobody to read it again."""
_SPACED: Final = frozenset(word.replace("-", " ") for word in STOP_WORDS)

_APOSTROPHES: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"))
_SIGNS: Final = re.compile(r"[\W_]+")
_ALONE: Final = frozenset({"stop", "stopall", "unsubscribe", "quit", "optout", "revoke"})
_AROUND: Final = frozenset({
    "all", "please", "pls", "plz", "now", "thanks", "thank", "you", "ty", "the", "these", "your", "my", "me", "it",
    "this", "sms", "text", "texts", "texting", "message", "messages", "immediately", "already",
})  # fmt: skip

_NOT: Final = r"(?:don't|dont|don t|do n't|do not|don't you (?:ever|dare)|never)"
_OTHERS: Final = r"(?<!\bi )(?<!\bwe )(?<!\byou )(?<!\bthey )"
"""Not somebody's habit: you never text me any more, I don't text."""
_OF_THEM: Final = r"(?:(?:all|any|of|the|these|those|this|that|your|my|more|further|future|such) ){0,3}"
_TEXTS: Final = r"(?:texts?|texting|txts?|messages?|messaging|sms|notifications?|alerts?|spam)\b"
_SENT: Final = rf"{_OF_THEM}(?:{_TEXTS}|(?:stuff|anything)\b)"
_RECEIVE: Final = r"to (?:get|receive|have|see)"
_ME: Final = r"(?:me|us|my (?:name|(?:phone |cell )?number)|this (?:phone |cell )?number)"
_ELSEWHERE: Final = r"(?:by|in|at|over|there|here|for|and|or|so|but|to|when|if|i|we)"
_FIRST: Final = r"(?:^|(?<=[.!?,;:] )|(?<=\bplease )|(?<=\bpls )|(?<=\bjust )|(?<=\bsaid )|(?<=\bwant ))"
"""A sentence begins here, or a wish."""
_LAST: Final = r"(?= ?(?:$|[.!?,;:]|please|pls|thanks?|thank|now|any ?more|again|ever))"
"""Nothing follows, but for what is said to be polite or firm."""

_MEANT_TO_GO_ON: Final = re.compile(
    r"\b(?:don't|dont|do not|didn't|didnt|did not|wouldn't|would not|never)"
    r" (?:(?:want|wish|mean|meant|need|ask|asked) (?:you )?(?:to )?)?(?:ever )?"
    r"(?:stop|quit|cease|end|cancel|unsubscribe|remove|delete|take|opt|revoke)\b"
    r"|\b(?:did|do|does|have|has) (?:you|they|u|y'all)(?: guys| all)? (?:ever )?(?:stop|quit|cease)\b"
)
"""Don't stop texting me; did you stop sending coupons?"""
_POLITE: Final = r"(?:please|pls|plz|thanks|thank you|ty|now|immediately)"
_END: Final = re.compile(rf"(?:{_POLITE} )*(?:cancel|end)(?: all| {_OF_THEM}(?:{_TEXTS}|subscription))?(?: {_POLITE})*")
"""Cancel and end are words of everyday life: they count alone, and with what can only be texts."""
_SENTENCES: Final = re.compile(
    # Each verb is bound to what is sent or received: to stop by, to be taken to the sale, or never to have got a text
    # is no wish to get none.
    rf"\b(?:stop|quit|cease) (?:(?!{_ELSEWHERE}\b)\w+ ){{0,3}}{_TEXTS}"
    r"|\b(?:stop|quit|cease) (?:sending|texting|messaging|contacting|(?:bothering|spamming|harassing) (?:me|us))\b"
    rf"|{_FIRST}(?:stop|quit) (?:it|this|that|now|please){_LAST}"
    rf"|\bplease,? (?:stop|quit){_LAST}"
    rf"|\b(?:cancel|end) (?=(?:all|the|these|those|your|my|any) )(?:{_OF_THEM}{_TEXTS})"
    rf"|\bcancel (?:{_TEXTS}|{_OF_THEM}subscription\b)"
    r"|\bunsubscribe\b|\brevoke\b"
    r"|\bopt(?:ed|ing)?[ -]*(?:me )?out\b"
    rf"|\b(?:remove|delete) {_ME}(?: (?:off|from)\b|{_LAST})"
    rf"|\b(?:take|get) {_ME} off\b|\btake {_ME} from (?:\w+ ){{1,3}}list"
    rf"|\b(?:no longer|{_NOT}) (?:want|wish|care) (?:{_OF_THEM}{_TEXTS}|{_RECEIVE} {_SENT}"
    rf"|(?:{_RECEIVE} )?(?:(?:any|any more|more) of )?(?:this|these|them){_LAST}"
    r"|to be (?:texted|messaged|contacted|bothered)\b)"
    rf"|{_OTHERS}\b{_NOT} (?:text|txt|message|contact|sms) (?:me|us|(?:my|this) (?:phone|number|cell)|here)\b"
    rf"|{_FIRST}{_NOT} (?:text|txt|message|contact|sms){_LAST}"
    rf"|{_OTHERS}\b{_NOT} send (?:me |us )?(?:{_SENT}|(?:these|this|any ?more){_LAST})"
    rf"|{_FIRST}no more {_SENT}"
    r"|\bleave me alone\b|\bwrong (?:number|person)\b"
)


def meaning_of(body: str) -> Meaning:
    """What a message means. A single word counts in any case and with any sign around it: STOP! and "stop." too."""
    text = " ".join(unicodedata.normalize("NFKC", body.translate(_APOSTROPHES)).casefold().split())
    if text.strip(" .,;:!?\"'()*-") in START_WORDS:
        return "start"
    words = _SIGNS.sub(" ", text).split()
    if " ".join(words) in _SPACED:
        return "stop"
    if set(words) & _ALONE and set(words) <= _ALONE | _AROUND:  # STOP STOP, stop please, unsubscribe me now
        return "stop"
    if _END.fullmatch(" ".join(words)):
        return "stop"
    return "stop" if _SENTENCES.search(_MEANT_TO_GO_ON.sub("", text)) else "other"
