"""Where a picture was taken, out of a JPEG whose pixels stay as they are.

What belongs here: the parts a JPEG is made of, and which of them say a place. What does not: pictures that are encoded
anew (photo.py), which loses all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from PIL import Image

_ORIENTATION: Final = 0x0112
_GPS: Final = 0x8825
_EXIF: Final = b"Exif\0\0"
_XMP: Final = (b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0")
_FURTHER_PICTURES: Final = b"MPF\0"
_APP1, _APP2, _START, _END = 0xE1, 0xE2, 0xDA, 0xD9
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # marks without content


class _Part(NamedTuple):
    """A part of the head. whole: with its mark."""

    mark: int
    content: bytes
    whole: bytes


def without_place(data: bytes) -> bytes:
    """The same JPEG without the place it was taken at; the very same bytes where it says none.

    Of what the camera wrote down only the turn mark is left then, as of a picture that is made smaller; further
    pictures and films behind the first, which say the place as well, go. Errors: what a broken file makes it raise.
    """
    parts = list(_head(data))
    if not any(map(_says_place, parts)):
        return data
    begin = 2 + sum(len(part.whole) for part in parts)
    kept = (_turn_mark(part) if _is_exif(part) else part.whole for part in parts if not _is_more(part))
    return b"".join((data[:2], *kept, data[begin : _end(data, begin)]))


def _head(data: bytes) -> Iterator[_Part]:
    """All before the pixels. Bytes that belong to nothing, which decoders skip, go with the part behind them."""
    begin = at = 2
    while True:
        at = data.index(b"\xff", at)
        mark = data[at + 1]
        if mark in (_START, _END):
            return
        if mark in (0x00, 0xFF):
            at += 1
            continue
        length = 0 if mark in _ALONE else int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        yield _Part(mark, data[at + 4 : end], data[begin:end])
        begin = at = end


def _end(data: bytes, at: int) -> int:
    """Where the first picture ends. at: where its head does."""
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 1:
        mark = data[at + 1]
        if mark == _END:
            return at + 2
        if mark == 0xFF:
            at += 1
        elif mark == 0x00 or mark in _ALONE:  # pixels
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return len(data)


def _is_exif(part: _Part) -> bool:
    return part.mark == _APP1 and part.content.startswith(_EXIF)


def _is_xmp(part: _Part) -> bool:
    return part.mark == _APP1 and part.content.startswith(_XMP)


def _is_more(part: _Part) -> bool:
    return _is_xmp(part) or (part.mark == _APP2 and part.content.startswith(_FURTHER_PICTURES))


def _says_place(part: _Part) -> bool:
    if _is_exif(part):
        found = _read(part)
        return found is None or _GPS in found  # what cannot be read here, another program may be able to
    return _is_xmp(part) and b"gps" in part.content.lower()


def _turn_mark(part: _Part) -> bytes:
    """The same part with nothing in it but how the picture is to be turned; none when it is upright."""
    found = _read(part)
    turned = 1 if found is None else found.get(_ORIENTATION, 1)
    if turned not in range(2, 9):
        return b""
    made = Image.Exif()
    made[_ORIENTATION] = turned
    content = _EXIF + made.tobytes().removeprefix(_EXIF)
    return bytes((0xFF, _APP1)) + (len(content) + 2).to_bytes(2, "big") + content


def _read(part: _Part) -> Image.Exif | None:
    """What the camera wrote down; None when it cannot be read."""
    found = Image.Exif()
    try:
        found.load(part.content)
        found.get(_ORIENTATION)
    except Exception:  # a broken mark makes it raise all there is
        return None
    return found
