"""What a mail server's answers mean and what a person can do about them. Nothing is sent here.

Three kinds of no: about one mail or recipient for good (refused), for now (later), and about us (MailError): a wrong
login or a limit of the account concern every mail, so nothing more is tried with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from ops_platform.core.privacy import masked

Status = Literal["accepted", "refused", "later", "unknown"]

_LONGEST: Final = 200
_ENHANCED: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_LIMIT_WORDS: Final = ("sending limit", "sending quota")
_ADVICE: Final = {
    "login": (
        "check mail.user and OPS_MAIL__PASSWORD in .env. For Gmail it is an app password, which needs 2-step "
        "verification (docs/mail.md)"
    ),
    "tls": (
        "look whether mail.host and mail.security are right; for a server whose certificate comes from an authority of "
        "your own, name its file in mail.ca_file. Nothing was sent, the password neither"
    ),
    "unreachable": "check the network, mail.host and mail.port",
    "busy": "it is tried again by itself; if it goes on for hours, look at the account in a browser",
    "limit": "the account has sent as much as it may; it goes on by itself tomorrow. mail.daily_limit can be lowered",
    "sender": "check mail.sender: the server lets this account send from its own addresses only",
    "sandbox": (
        "`ops demo` or `ops sandbox` starts it. The store's own account is used when mail.mode is live (ops.yaml)"
    ),
    "imap": "check mail.imap_host, mail.imap_port and mail.imap_folder, and that the account allows IMAP",
    "setup": "look at the settings under mail in ops.yaml",
}


class MailError(Exception):
    """No mail can be sent now; none of this call was. kind: a key of _ADVICE, which the text ends with.

    after: how long to wait, when the server's answer tells. The text holds no address and no password.
    """

    def __init__(self, kind: str, text: str, *, after: timedelta | None = None) -> None:
        super().__init__(f"{text}: {_ADVICE[kind]}")
        self.kind = kind
        self.after = after


@dataclass(frozen=True)
class Reply:
    """One answer: its code and its text in one line, with addresses masked. -1: nothing that is an answer."""

    code: int
    text: str

    @classmethod
    def of(cls, code: int, text: bytes) -> Reply:
        """From what smtplib gives."""
        line = " ".join(text.decode("utf-8", "replace").split())
        printable = "".join(each if each.isprintable() else "?" for each in masked(line))
        return cls(code, printable[:_LONGEST])

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()

    @property
    def ok(self) -> bool:
        """Whether it says yes."""
        return 200 <= self.code < 300

    @property
    def temporary(self) -> bool:
        """Whether it says not now."""
        return 400 <= self.code < 500

    @property
    def enhanced(self) -> str:
        """The more exact code of RFC 3463 (5.1.1: no such mailbox); empty when there is none."""
        found = _ENHANCED.search(self.text)
        return found[0] if found else ""


def about_recipient(reply: Reply) -> tuple[Status, str]:
    """What an answer to a recipient, or to the mail for them, means: a status, and a sentence that says what to do."""
    if reply.temporary:
        return "later", f"the server said {reply}: {_temporary(reply)}; it is tried again"
    return "refused", f"the server said {reply}: {_permanent(reply)}"


def about_us(reply: Reply, command: str) -> MailError:
    """An answer that concerns every mail. command: CONNECT, AUTH, MAIL, or what the answer came to."""
    said = f"the mail server answered {reply} to {command}"
    if is_limit(reply):
        return MailError("limit", said, after=timedelta(hours=4))
    if (command == "AUTH" and not reply.temporary) or reply.code in (530, 534, 535, 538):
        return MailError("login", f"the mail login was refused ({said})")
    if reply.temporary:
        return MailError("busy", said)
    return MailError("sender" if command == "MAIL" else "setup", said)


def is_limit(reply: Reply) -> bool:
    """Whether an account has sent as much as it may (Gmail: 550 5.4.5 Daily user sending limit exceeded)."""
    words = reply.text.lower()
    if reply.ok:
        return False
    return reply.enhanced == "5.4.5" or any(each in words for each in _LIMIT_WORDS)


def _temporary(reply: Reply) -> str:
    return {
        421: "it is busy or going down",
        450: "the mailbox is in use or greylisted",
        451: "it had an error of its own",
        452: "it has no room, or takes no more recipients at once",
    }.get(reply.code, "not now")


def _permanent(reply: Reply) -> str:
    exact = reply.enhanced
    if exact.startswith("5.1."):
        return "there is no such mailbox; correct or remove the address"
    if exact.startswith("5.7."):
        return "it does not want this mail (policy or spam); look at the account and its SPF, DKIM and DMARC records"
    return {
        550: "there is no such mailbox, or it does not want the mail; correct or remove the address",
        551: "the mailbox is elsewhere; correct the address",
        552: "the mailbox is full, or the mail is larger than it takes; send less or ask the recipient",
        553: "the address is not allowed; correct it",
        554: "it does not want this mail (often: taken for spam); look at what the mail says and whom it goes to",
    }.get(reply.code, "it will never take it like this")
