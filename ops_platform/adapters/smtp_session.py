"""Handing mails over to a server on one connection, with the truth about each recipient.

What belongs here: the protocol of a mail, and which step a failure hit. What does not: connecting and logging in
(smtp_door.py), what an answer means (smtp_replies.py), what stands in a mail.

A mail is the server's the moment it has the line with the single dot. So that line is sent by itself: whatever breaks
before it, the mail was certainly not accepted; whatever breaks after it and before the answer, nobody knows.
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ops_platform.adapters.smtp_door import BREAKS, Door, WholeAnswers, ended_after, logged_in, system_words
from ops_platform.adapters.smtp_replies import MailError, Reply, Status, about_recipient, about_us, is_limit

_PIECE: Final = 64 * 1024
_EVERY_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Handed:
    """What became of a mail for one recipient. reason: for a person, without the address; empty when accepted."""

    address: str
    status: Status
    reason: str = ""


class ConnectionLostError(Exception):
    """The connection broke before the mail could be accepted. at: the command that had no answer."""

    def __init__(self, at: str, words: str) -> None:
        super().__init__(f"the connection to the mail server broke at {at} ({words}); the mail was not accepted")
        self.at = at


class SmtpSession:
    """A connection that has logged in. Made by `open_session`. One thread at a time."""

    def __init__(self, door: Door, smtp: WholeAnswers) -> None:
        self._door, self._smtp = door, smtp
        self.usable = True

    def send(self, content: bytes, sender: str, recipients: Sequence[str]) -> list[Handed]:
        """Hand over a mail; one result a recipient, in their order.

        Recipients the server finds too many at once (452) get it in another round. Errors: MailError when nothing can
        be sent at all, ConnectionLostError when the connection broke; in both cases nobody has the mail.
        """
        results: dict[str, Handed] = {}
        waiting = list(dict.fromkeys(recipients))
        with ended_after(self._smtp, self._door.longest):
            while waiting:
                try:
                    done, waiting = self._round(content, sender, waiting)
                except (MailError, ConnectionLostError) as error:
                    if not results:
                        raise
                    done, waiting = [Handed(each, "later", str(error)) for each in waiting], []
                results |= {each.address: each for each in done}
        return [results[each] for each in dict.fromkeys(recipients)]

    def close(self) -> None:
        """Say goodbye if the server still listens."""
        with contextlib.suppress(*BREAKS):
            if self.usable and self._smtp.sock is not None:
                self._smtp.sock.settimeout(min(2.0, self._door.seconds))
                self._smtp.quit()
        with contextlib.suppress(*BREAKS):
            self._smtp.close()
        self.usable = False

    def _round(self, content: bytes, sender: str, recipients: list[str]) -> tuple[list[Handed], list[str]]:
        """One mail transaction: the results, and who is left for another one."""
        limit = self._smtp.esmtp_features.get("size", "")
        if limit.isdecimal() and 0 < int(limit) < len(content):
            text = f"the mail has {len(content):,} bytes and the server takes {int(limit):,}; send less"
            return [Handed(each, "refused", text) for each in recipients], []
        size = f"size={len(content)}" if limit else ""
        reply = self._ask(f"MAIL FROM:<{sender}> {size}".rstrip())
        if not reply.ok:
            self._reset()
            if reply.code == 552:
                return [Handed(each, *about_recipient(reply)) for each in recipients], []
            raise about_us(reply, "MAIL")
        taken, left, done = self._name(recipients)
        if not taken:
            self._reset()
            return [*done, *(Handed(each, *about_recipient(left[each])) for each in left)], []
        done += self._data(content, taken)
        if done[-1].status in ("later", "unknown") or not self.usable:
            return [*done, *(Handed(each, *about_recipient(left[each])) for each in left)], []
        return done, list(left)

    def _name(self, recipients: list[str]) -> tuple[list[str], dict[str, Reply], list[Handed]]:
        """Name the recipients: those taken, those for whom there was no room, the results of the others."""
        taken: list[str] = []
        left: dict[str, Reply] = {}
        done: list[Handed] = []
        for address in recipients:
            reply = self._ask(f"RCPT TO:<{address}>")
            if is_limit(reply) or reply.code == 530:
                self._reset()
                raise about_us(reply, "RCPT")
            if reply.code == 421:  # it hung up, which may be about this very recipient
                return [], {}, [Handed(each, *about_recipient(reply)) for each in recipients]
            if reply.ok:
                taken.append(address)
            elif reply.code == 452:
                left[address] = reply
            else:
                done.append(Handed(address, *about_recipient(reply)))
        return taken, left, done

    def _data(self, content: bytes, taken: list[str]) -> list[Handed]:
        reply = self._ask("DATA")
        if reply.code != 354:
            self._reset()
            if is_limit(reply):
                raise about_us(reply, "DATA")
            return [Handed(each, *about_recipient(reply)) for each in taken]
        sock = self._socket()
        try:
            body = memoryview(_dotted(content))
            for start in range(0, len(body), _PIECE):  # the timeout is one for a whole call of sendall
                sock.sendall(body[start : start + _PIECE])
        except BREAKS as error:
            raise self._lost("DATA", error) from None
        try:
            sock.sendall(b".\r\n")
            answer = Reply.of(*self._smtp.getreply())
        except BREAKS as error:
            self.usable = False
            why = system_words(self._smtp, error)
            text = f"no answer after the whole mail was sent ({why}): whether it was accepted is not known"
            return [Handed(each, "unknown", text) for each in taken]
        return self._judged(answer, taken)

    def _judged(self, answer: Reply, taken: list[str]) -> list[Handed]:
        """What the answer to the final dot means."""
        if answer.ok:
            return [Handed(each, "accepted") for each in taken]
        if not 400 <= answer.code < 600:
            self.usable = False
            text = f"the server answered the whole mail with {answer}: whether it was accepted is not known"
            return [Handed(each, "unknown", text) for each in taken]
        self.usable = answer.code != 421
        if is_limit(answer):
            raise about_us(answer, "DATA")
        return [Handed(each, *about_recipient(answer)) for each in taken]

    def _ask(self, command: str) -> Reply:
        try:
            reply = Reply.of(*self._smtp.docmd(command))
        except BREAKS as error:
            raise self._lost(command.partition(" ")[0], error) from None
        if reply.code == 421:
            self.usable = False
        elif not 200 <= reply.code < 600:
            raise self._lost(command.partition(" ")[0], None)
        return reply

    def _lost(self, at: str, error: BaseException | None) -> ConnectionLostError:
        self.usable = False
        return ConnectionLostError(at, system_words(self._smtp, error) if error else "an answer that is none")

    def _reset(self) -> None:
        """Give the transaction up, so that the next mail can begin."""
        if self.usable:
            try:
                self.usable = self._smtp.rset()[0] == 250
            except BREAKS:
                self.usable = False

    def _socket(self) -> socket.socket:
        assert self._smtp.sock is not None
        return self._smtp.sock


def open_session(door: Door) -> SmtpSession:
    """Connect, encrypt and log in. Errors: MailError; the password is only ever sent encrypted."""
    return SmtpSession(door, logged_in(door))


def _dotted(content: bytes) -> bytes:
    """A mail as it goes over the wire: lines end in CRLF, a dot at the start of a line is doubled (RFC 5321, 4.5.2)."""
    whole = _EVERY_LINE_END.sub(b"\r\n", content)
    if not whole.endswith(b"\r\n"):
        whole += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", whole)
