"""Names that are safe to write to a disk: slugs, single file names, times inside names.

What belongs here: turning any text into a slug that Windows, macOS and Linux all accept as a name, and telling
whether a name already is one. What does not: folders and joined paths (logical_paths), the naming scheme of one
business's files (its own package), the clock (a time is always passed in).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime
from typing import Final

MAX_SLUG_LENGTH: Final = 60

# Windows reserves these whatever follows the first dot: `NUL.png` is the null device, not a picture.
_RESERVED: Final = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{device}{digit}" for device in ("com", "lpt") for digit in "0123456789¹²³"]
)
_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]')

# Characters of the real scrapes (and their neighbours) that NFKD would drop or spell badly.
_ASCII_SPELLING: Final = str.maketrans(
    {
        "®": "(R)",
        "©": "(C)",
        "™": "(TM)",
        "–": "-",
        "—": "-",
        "‐": "-",
        "‑": "-",
        "−": "-",
        "‘": "'",
        "’": "'",
        "‚": "'",
        "′": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "″": '"',
        "×": "x",
        "°": "deg",
        "⁄": "/",
        "•": "-",
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "ø": "o",
        "Ø": "O",
        "œ": "oe",
        "Œ": "OE",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
    }
)


def ascii_fold(text: str, unknown: str = "?") -> str:
    """Spell `text` in ASCII: accents dropped, typographic signs spelled out, `unknown` for anything else.

    For print layouts that guess encodings wrongly (`Citroën` -> `Citroen`, `Ram® 1500` -> `Ram(R) 1500`).
    """
    if text.isascii():
        return text
    # Once before, for signs that NFKD spells otherwise (™), once after, for what only it brings out (½).
    decomposed = unicodedata.normalize("NFKD", text.translate(_ASCII_SPELLING)).translate(_ASCII_SPELLING)
    return "".join(char if char.isascii() else unknown for char in decomposed if not unicodedata.combining(char))


def slugify(text: str) -> str:
    """A short lower-case name of `a-z 0-9 _` for folders and file names; never empty.

    Apostrophes vanish (`Serra Honda of O'Fallon` -> `serra_honda_of_ofallon`), everything else that is no
    letter or digit becomes one underscore. Text with nothing left (other scripts, only signs) becomes
    `name_` and eight hex digits of its hash, so that two such names still differ. Idempotent.
    """
    folded = ascii_fold(text, unknown=" ").casefold().replace("'", "")
    slug = re.sub(r"[^a-z0-9]+", "_", folded).strip("_")[:MAX_SLUG_LENGTH].strip("_")
    if not slug:
        return f"name_{_short_hash(text)}"
    return f"{slug}_" if _is_reserved(slug) else slug


def is_safe_file_name(name: str) -> bool:
    """Whether `name` can stand as one path component everywhere, exactly as written.

    False for an empty name, `.`, `..`, separators, `C:` and streams (`a:b`), control characters, reserved
    device names with or without a suffix, trailing dots or blanks, and names over 255 bytes.
    """
    return bool(
        name
        and name == name.strip()
        and not name.endswith(".")
        and not _FORBIDDEN.search(name)
        and not _is_reserved(name)
        and len(name.encode()) <= 255
    )


def timestamp_text(moment: datetime) -> str:
    """`YYYYmmdd_HHMMSS`, the form used inside file names; the moment is in the business's own time zone."""
    return moment.strftime("%Y%m%d_%H%M%S")


def _is_reserved(name: str) -> bool:
    return name.partition(".")[0].rstrip().casefold() in _RESERVED


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
