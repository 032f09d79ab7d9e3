"""Single keys of a terminal, without Enter, and a line of text edited with them.

What belongs here: what a keyboard sends on each system, under one name a key. What does not: what a key means
(restaurant_session.py). Keys are named `enter`, `esc`, `up`, `down`, `left`, `right`, `home`, `end`, `delete`,
`backspace`, `clear` (Ctrl-U), `end_of_input`; every other is the character itself.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

Keys = Callable[[], str]
"""Gives the next key; waits for it."""

END: Final = "end_of_input"
_NAMES: Final = {
    "\r": "enter",
    "\n": "enter",
    "\x1b": "esc",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x15": "clear",
    "\x04": END,
    "\t": "down",
}
_SEQUENCES: Final = {
    **{"[A": "up", "[B": "down", "[C": "right", "[D": "left", "[H": "home", "[F": "end", "[3~": "delete"},
    **{"[1~": "home", "[4~": "end", "OA": "up", "OB": "down", "OC": "right", "OD": "left", "OH": "home", "OF": "end"},
}
_WINDOWS: Final = {"H": "up", "P": "down", "M": "right", "K": "left", "G": "home", "O": "end", "S": "delete"}


@contextmanager
def terminal_keys() -> Iterator[Keys]:
    """Yield the keys of this terminal; its usual mode comes back at the end.

    Keys typed ahead are kept: the mode holds for the whole block and not only while one key is awaited.
    Ctrl-C is KeyboardInterrupt. Standard input must be a terminal.
    """
    if sys.platform == "win32":
        yield _windows_key
    else:
        import termios
        import tty

        handle = sys.stdin.fileno()
        before = termios.tcgetattr(handle)
        try:
            tty.setcbreak(handle, termios.TCSADRAIN)
            yield _Reader(lambda: os.read(handle, 1024))
        finally:
            termios.tcsetattr(handle, termios.TCSADRAIN, before)


def _windows_key() -> str:
    import click

    try:
        typed = click.getchar()
    except EOFError:
        return END
    if len(typed) == 2 and typed[0] in "\x00\xe0":
        return _WINDOWS.get(typed[1], "")
    return _NAMES.get(typed, typed)


class _Reader:
    """Names the keys in the bytes of a terminal. An escape sequence arrives in one piece; Esc arrives alone."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._typed: deque[str] = deque()

    def __call__(self) -> str:
        while not self._typed:
            data = self._read()
            if not data:
                return END
            self._typed.extend(keys_in(self._decode(data)))
        return self._typed.popleft()


def keys_in(text: str) -> Iterator[str]:
    """The names of the keys that were pressed; sequences that mean no key known here are left out."""
    place = 0
    while place < len(text):
        char = text[place]
        place += 1
        if char == "\x1b" and place < len(text) and text[place] in "[O":
            end = place + 1
            while end < len(text) and not ("@" <= text[end] <= "~"):
                end += 1
            name = _SEQUENCES.get(text[place : end + 1])
            place = end + 1
            if name:
                yield name
        elif char in _NAMES:
            yield _NAMES[char]
        elif char.isprintable():
            yield char


@dataclass
class LineEditor:
    """A line of text with a cursor, edited by keys."""

    text: str = ""
    cursor: int | None = None

    def __post_init__(self) -> None:
        if self.cursor is None:
            self.cursor = len(self.text)

    @property
    def parts(self) -> tuple[str, str]:
        """What stands before and behind the cursor."""
        return self.text[: self.cursor], self.text[self.cursor :]

    def press(self, key: str) -> None:
        """Take a key; one that means nothing here changes nothing."""
        before, behind = self.parts
        if key == "backspace":
            before = before[:-1]
        elif key == "delete":
            behind = behind[1:]
        elif key == "clear":
            before = ""
        elif key == "left" and before:
            before, behind = before[:-1], before[-1] + behind
        elif key == "right" and behind:
            before, behind = before + behind[0], behind[1:]
        elif key == "home":
            before, behind = "", before + behind
        elif key == "end":
            before, behind = before + behind, ""
        elif len(key) == 1 and key.isprintable():
            before += key
        self.text, self.cursor = before + behind, len(before)
