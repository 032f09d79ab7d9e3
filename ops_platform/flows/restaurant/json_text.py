"""JSON from a stream of bytes, value by value: a list of any length in flat memory, errors with line and column.

What belongs here: encodings, where a value begins and ends, and where text stops being JSON. What does not: what a
value means and what a file of orders looks like (files.py).

Values are read by Python's own scanner on a moving window. ijson is not used: its C reader ends the whole process at
a number of 5,000 digits and takes all memory at 100,000 opening brackets (ijson 3.6), and cannot say where an error is.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from decimal import Decimal, DecimalException
from typing import Any, BinaryIO, Final

_BLOCK: Final = 1 << 18
_LONGEST: Final = 1 << 26
_CLOSE_TO_THE_END: Final = 16  # a literal, an escape or a number that the window cuts in two is shorter
_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_NO_UTF8: Final = re.compile("[\udc80-\udcff]")
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # first: it begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class JsonTextError(ValueError):
    """The text is no JSON; `line` and `column` (from 1, in characters) say where that shows."""

    def __init__(self, problem: str, *, line: int, column: int) -> None:
        super().__init__(problem)
        self.line = line
        self.column = column


def _safe_number(text: str) -> Any:
    """A number that Python's int or Decimal refuses, so that the order it stands in is refused and not the file."""
    try:
        return Decimal(text)
    except DecimalException:
        return float(text)


_STRICT: Final = json.JSONDecoder(parse_float=Decimal)
_LENIENT: Final = json.JSONDecoder(parse_float=_safe_number, parse_int=_safe_number)


def read_value(text: str, at: int = 0) -> tuple[Any, int]:
    """Return the JSON value that begins at `at`, and where it ends. Numbers with a point are Decimal.

    NaN and infinities, which are no JSON but are written by many programs, are floats. Errors: JSONDecodeError, also
    for what is nested thousands of levels deep.
    """
    try:
        return _STRICT.raw_decode(text, at)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise json.JSONDecodeError("nested too deeply", text, at) from None
    except (ValueError, DecimalException):
        pass
    try:
        return _LENIENT.raw_decode(text, at)
    except RecursionError:
        raise json.JSONDecodeError("nested too deeply", text, at) from None


class JsonText:
    """A window that moves over a text. `at`: the position of the next character in `window`.

    The first `line` and `column` belong to the beginning of the window.
    """

    def __init__(self, stream: BinaryIO, *, block: int = _BLOCK) -> None:
        self._stream = stream
        self._block = block
        start = stream.read(4096)
        self.encoding = _encoding_of(start)
        mark = next((mark for mark, name in _MARKS if name == self.encoding and start.startswith(mark)), b"")
        # Bytes that are no UTF-8 become half characters, which are found in their line; other encodings end there.
        errors = "surrogateescape" if self.encoding == "utf-8" else "strict"
        self._decode = codecs.getincrementaldecoder(self.encoding)(errors).decode
        self.ended = False
        self.at = 0
        self.line, self.column = 1, 1
        self.window = ""
        self._take(start[len(mark) :])

    def more(self, size: int | None = None) -> bool:
        """Read on; what stands before `at` is forgotten. False: there is nothing more."""
        if self.ended:
            return False
        self._forget()
        return self._take(self._stream.read(size or self._block))

    def peek(self) -> str:
        """The next character that is no blank, without taking it; "" at the end."""
        while True:
            blanks = _BLANKS.match(self.window, self.at)
            assert blanks is not None  # it matches nothing, too
            self.at = blanks.end()
            if self.at < len(self.window):
                return self.window[self.at]
            if not self.more():
                return ""

    def value(self) -> Any:
        """Take the next value. Errors: JsonTextError."""
        self.peek()
        size = self._block
        while True:
            try:
                value, end = read_value(self.window, self.at)
            except json.JSONDecodeError as error:
                if not self._may_go_on(error):
                    raise self.error(plain_problem(error), error.pos) from None
            else:
                # A number at the edge may go on behind it.
                if end < len(self.window) or self.ended:
                    self._refuse_bytes(self.at, end)
                    self.at = end
                    return value
            self.more(size)
            size *= 2  # else a long value would be read again and again from its beginning

    def take(self, expected: str, problem: str) -> str:
        """Take the next character, one of `expected`. Errors: JsonTextError."""
        found = self.peek()
        if not found or found not in expected:
            raise self.error(problem if found else "the text ends in the middle", self.at)
        self.at += 1
        return found

    def lines(self) -> Iterator[tuple[int, str]]:
        """Take the rest line by line, with its number; longer lines than 64 million characters come cut."""
        number = self.line
        while True:
            end = self.window.find("\n", self.at)
            while end < 0 and len(self.window) - self.at < _LONGEST and self.more():
                end = self.window.find("\n", self.at)
            if end < 0 and self.at == len(self.window):
                return
            yield number, self.window[self.at : end if end >= 0 else None]
            while end < 0:  # the rest of a line that is too long
                self.at = len(self.window)
                if not self.more():
                    return
                end = self.window.find("\n", self.at)
            self.at = end + 1
            number += 1

    def error(self, problem: str, at: int) -> JsonTextError:
        """An error at a position of the window."""
        line, column = self._place(at)
        return JsonTextError(problem, line=line, column=column)

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        if self.ended or len(self.window) - self.at > _LONGEST:
            return False
        return error.msg.startswith("Unterminated") or len(self.window) - error.pos <= _CLOSE_TO_THE_END

    def _take(self, data: bytes) -> bool:
        self.ended = not data
        try:
            text = self._decode(data, final=self.ended)
        except UnicodeDecodeError as error:
            sound = bytes(error.object[: error.start]).decode(self.encoding, "ignore")
            self.window += sound
            problem = f"the bytes from here on are no {self.encoding.upper()} text ({error.reason})"
            raise self.error(problem, len(self.window)) from None
        self.window += text
        return bool(data)

    def _forget(self) -> None:
        if self.at:
            self.line, self.column = self._place(self.at)
            self.window = self.window[self.at :]
            self.at = 0

    def _place(self, at: int) -> tuple[int, int]:
        breaks = self.window.count("\n", 0, at)
        if not breaks:
            return self.line, self.column + at
        return self.line + breaks, at - self.window.rfind("\n", 0, at)

    def _refuse_bytes(self, start: int, end: int) -> None:
        bad = bad_byte(self.window, start, end)
        if bad is not None:
            raise self.error("this byte is no UTF-8 text", bad)


def bad_byte(text: str, start: int = 0, end: int | None = None) -> int | None:
    """Where in a text of JsonText a byte stands that was no UTF-8; None: nowhere."""
    if text.isascii():
        return None
    found = _NO_UTF8.search(text, start, len(text) if end is None else end)
    return found.start() if found else None


def _encoding_of(start: bytes) -> str:
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    # JSON begins with a plain character: where its zero bytes stand tells the encoding (RFC 4627, section 3).
    zeros = tuple(byte == 0 for byte in start[:4])
    patterns: dict[tuple[bool, ...], str] = {
        (True, True, True, False): "utf-32-be",
        (True, False, True, False): "utf-16-be",
        (False, True, True, True): "utf-32-le",
        (False, True, False, True): "utf-16-le",
    }
    return patterns.get(zeros, "utf-8")


def plain_problem(error: json.JSONDecodeError) -> str:
    """What json says, as a person reads it. No part of the text is in it: it may be somebody's phone number."""
    said = error.msg.rstrip()
    if said.startswith(("this ", "something ")):
        return said  # ours
    if said.startswith("Unterminated string"):
        return "a text is opened here and never closed"
    if said.startswith("Invalid control character"):
        return "a line end or control character stands inside a text"
    if said == "nested too deeply":
        return "objects and lists are nested too deeply"
    if said.startswith("Invalid"):
        return "a backslash is followed by what is no escape"
    at_the_end = not error.doc[error.pos :].strip()
    return "the text ends in the middle" if at_the_end else f"{said[:1].lower()}{said[1:]} here"
