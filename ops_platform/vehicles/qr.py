"""QR codes of cars: what one says, how it looks, and the bytes of its PNG file.

Here: settings (`QrLook`), the text a code holds (`qr_payload`), the drawing (`make_qr`), and the two
hashes by which an unchanged file is recognised. All of it pure: text in, bytes out.
Not here: writing files (adapters/files.py), reading a code back (qr_decode.py), deciding which cars
need a new file (flows/vehicles/qr_files.py).

Print facts behind the defaults (measured on real payloads, ISO/IEC 18004 for the quiet zone): four white
modules on every side; level M survives best for a URL with UTM at 1.29 inch, Q for a bare VIN; a module
below 0.4 mm is hard for a phone at hand distance. A drawing is never resampled: each module is a whole
number of pixels and the rest of the picture is white margin.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from ops_platform.vehicles.qr_mask import best_mask, from_bits, to_bits

PayloadKind = Literal["url_utm", "url", "vin"]
Level = Literal["auto", "L", "M", "Q", "H"]
Engine = Literal["zxing", "qrcode"]

QUIET_ZONE_MODULES = 4
MIN_MODULE_MM = 0.4
UTM_PARAMETERS = (("utm_source", "SilverFox"), ("utm_medium", "VDP_ShortCut"))
# Part of every look: raise it when the drawing below changes, and all files are made anew once.
DRAWING_VERSION = 1

_SIZE_RANGE = (29, 8000)
_DPI_RANGE = (30, 4800)
_HTTP_URL = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
# Everything printable in ASCII stays as the dealer wrote it; blanks, control and other characters do not.
_URL_CHARACTERS = "".join(map(chr, range(0x21, 0x7F)))
_METRES_PER_INCH = 0.0254


class QrError(ValueError):
    """A QR code that cannot be made as asked; the message says what to change."""


@dataclass(frozen=True, slots=True)
class QrLook:
    """How the QR codes of a dealership are made.

    `payload`: what a code holds; `url_utm` and `url` fall back to the VIN for a car without a URL.
    `size_px`: side of the picture in pixels, exactly. `level`: error correction, `auto` is M for a URL and
    Q for a VIN. `dpi`: written into the file, so that it is placed at size_px / dpi inches.
    `engine`: `zxing` (zxing-cpp, fast) or `qrcode` (the qrcode package, about 20 times slower).
    Raises QrError for a value outside these.
    """

    payload: PayloadKind = "url_utm"
    size_px: int = 388
    level: Level = "auto"
    dpi: int = 300
    engine: Engine = "zxing"

    def __post_init__(self) -> None:
        for field, value, known in (
            ("payload", self.payload, get_args(PayloadKind)),
            ("level", self.level, get_args(Level)),
            ("engine", self.engine, get_args(Engine)),
        ):
            if value not in known:
                near = difflib.get_close_matches(str(value), known, n=1, cutoff=0.0)[0]
                raise QrError(f"QR {field} {value!r} is unknown. Use one of {', '.join(known)} (perhaps {near!r}).")
        for field, number, (low, high) in (
            ("size_px", self.size_px, _SIZE_RANGE),
            ("dpi", self.dpi, _DPI_RANGE),
        ):
            if not low <= number <= high:
                raise QrError(f"QR {field} {number} is outside {low} to {high}.")


@dataclass(frozen=True, slots=True)
class QrPayload:
    """The text of a code and what it is: `kind` differs from the asked one when a car has no usable URL."""

    text: str
    kind: PayloadKind


@dataclass(frozen=True, slots=True)
class QrImage:
    """A finished picture. `modules`: side of the symbol, without margin; `module_px`, `module_mm`: side of
    one module; `warnings`: sentences for a person about what will print badly."""

    png: bytes
    payload: str
    level: str
    modules: int
    module_px: int
    module_mm: float
    warnings: tuple[str, ...]


def qr_payload(vin: str, url: str | None, kind: PayloadKind) -> QrPayload:
    """What the code of one car holds.

    A URL counts when it is http(s) with a host; otherwise the VIN is taken. Characters outside ASCII, blanks
    and control characters are percent-encoded as UTF-8, because phones guess a QR code's character set
    differently; all else stays as the dealer wrote it. Raises QrError for an empty or non-ASCII VIN.
    """
    link = (url or "").strip()
    if kind != "vin" and _HTTP_URL.match(link):
        try:
            link = quote(link, safe=_URL_CHARACTERS)
        except UnicodeEncodeError as error:
            raise QrError(f"The URL of {vin} holds half a character ({error.reason}): {link!r}.") from error
        return QrPayload(with_utm(link) if kind == "url_utm" else link, kind)
    text = vin.strip()
    if not text or not text.isascii() or not text.isprintable():
        raise QrError(f"{vin!r} cannot stand in a QR code as a VIN: it is empty or not plain ASCII.")
    return QrPayload(text, "vin")


def with_utm(url: str) -> str:
    """`url` with each UTM parameter it lacks, joined by `&` when it has a query already, fragment last."""
    head, hash_mark, fragment = url.partition("#")
    _, question_mark, query = head.partition("?")
    present = {part.partition("=")[0].lower() for part in query.split("&")}
    lacking = "&".join(f"{key}={value}" for key, value in UTM_PARAMETERS if key not in present)
    if not lacking:
        return url
    needs_and = query and not query.endswith("&")
    joint = "?" if not question_mark else "&" if needs_and else ""
    return f"{head}{joint}{lacking}{hash_mark}{fragment}"


def payload_hash(text: str) -> str:
    """SHA-256 of a payload, hexadecimal: what qr_file_tracking.payload_hash holds."""
    return hashlib.sha256(text.encode()).hexdigest()


def resolve_level(look: QrLook, text: str) -> str:
    """The error correction level used for `text`: L, M, Q or H."""
    if look.level != "auto":
        return look.level
    return "M" if _HTTP_URL.match(text) else "Q"


def look_key(look: QrLook, text: str) -> str:
    """Everything besides the payload that decides the bytes of a file, e.g. `388px 300dpi M zxing v1`.

    Stored in qr_file_tracking.look: a file made with another look is made anew.
    """
    level = resolve_level(look, text)
    return f"{look.size_px}px {look.dpi}dpi {level} {look.engine} v{DRAWING_VERSION}"


def qr_matrix(text: str, level: str, engine: Engine = "zxing") -> NDArray[np.bool_]:
    """The modules of a QR code without quiet zone: square array, True is dark.

    The smallest version that holds the text; the mask of lowest penalty (ISO/IEC 18004, 7.8.3).
    Raises QrError when `text` is empty, not ASCII (see qr_payload) or too long for the level.
    """
    if not text or not text.isascii():
        raise QrError(f"A QR payload must be non-empty ASCII text, not {text!r}.")
    try:
        return _zxing_matrix(text, level) if engine == "zxing" else _qrcode_matrix(text, level)
    except ValueError as error:
        raise QrError(
            f"{len(text)} characters do not fit into a QR code at level {level} ({error}). "
            "Use a shorter payload or a lower level."
        ) from error


def _zxing_matrix(text: str, level: str) -> NDArray[np.bool_]:
    """zxing-cpp encodes with one mask; the best of the eight is found by qr_mask in a third of its time."""
    symbol = _zxing_symbol(text, ec_level=level, data_mask=0)
    side = len(symbol)
    return from_bits(best_mask(to_bits(symbol), _mask_differences(side, level), side), side)


@cache
def _mask_differences(side: int, level: str) -> tuple[int, ...]:
    """What changes in any symbol of this size and level when each of the masks replaces mask 0."""
    version = (side - 17) // 4
    symbols = [to_bits(_zxing_symbol("0", ec_level=level, data_mask=mask, version=version)) for mask in range(8)]
    return tuple(symbol ^ symbols[0] for symbol in symbols)


def _zxing_symbol(text: str, **options: Any) -> NDArray[np.bool_]:
    import zxingcpp  # noqa: PLC0415 - heavy: loaded by the first code, not with the module

    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, **options)
    picture: Any = symbol.to_image(scale=1, add_quiet_zones=False)
    return np.asarray(picture) == 0


def _qrcode_matrix(text: str, level: str) -> NDArray[np.bool_]:
    import qrcode  # noqa: PLC0415 - heavy: loaded by the first code, not with the module
    from qrcode.exceptions import DataOverflowError  # noqa: PLC0415

    code = qrcode.QRCode(error_correction=getattr(qrcode, f"ERROR_CORRECT_{level}"), border=0)
    code.add_data(text)
    try:
        code.make(fit=True)
    except DataOverflowError as error:
        raise ValueError(str(error)) from error
    return np.array(code.get_matrix(), dtype=np.bool_)


def make_qr(vin: str, text: str, look: QrLook) -> QrImage:
    """The PNG of one car: exactly size_px square, black on white, 1 bit a pixel, dpi, VIN and payload inside.

    The module is the largest whole number of pixels that leaves a quiet zone of 4 modules; the symbol stands
    in the middle. Raises QrError when even one pixel a module does not fit, naming the smallest size.
    """
    level = resolve_level(look, text)
    matrix = qr_matrix(text, level, look.engine)
    modules = len(matrix)
    smallest = modules + 2 * QUIET_ZONE_MODULES
    module_px = look.size_px // smallest
    if module_px == 0:
        raise QrError(
            f"A payload of {len(text)} characters at level {level} needs at least {smallest} px "
            f"({modules} modules and the quiet zone), and size_px is {look.size_px}. "
            f"Use size_px {smallest} or more, a lower level or a shorter payload."
        )
    module_mm = module_px / look.dpi * _METRES_PER_INCH * 1000
    warnings: tuple[str, ...] = ()
    if module_mm < MIN_MODULE_MM:
        warnings = (
            f"A module is {module_mm:.2f} mm at {look.dpi} dpi, below {MIN_MODULE_MM} mm: phones may fail "
            "to read it in print. Use a larger size_px, a lower level or a shorter payload.",
        )
    png = _png(matrix, look.size_px, module_px, look.dpi, {"VIN": vin, "Payload": text})
    return QrImage(png, text, level, modules, module_px, module_mm, warnings)


def _png(matrix: NDArray[np.bool_], size_px: int, module_px: int, dpi: int, texts: Mapping[str, str]) -> bytes:
    """A 1-bit greyscale PNG (W3C PNG specification, sections 5, 7 and 11).

    Written by hand because it is five times as fast as Pillow here, and a fifth smaller.
    """
    side = len(matrix) * module_px
    margin = (size_px - side) // 2
    white = np.ones((len(matrix), size_px), dtype=np.bool_)
    white[:, margin : margin + side] = np.repeat(~matrix, module_px, axis=1)

    # A scan line is its filter and its pixels. Filter 2 with zeros repeats the line above; only the first line
    # of each module row and of the margins carries pixels (filter 0).
    lines = np.zeros((size_px, 1 + (size_px + 7) // 8), dtype=np.uint8)
    lines[:, 0] = 2
    first = margin + module_px * np.arange(len(matrix))
    lines[first, 0] = 0
    lines[first, 1:] = np.packbits(white, axis=1)
    lines[[0, margin + side], 0] = 0
    lines[[0, margin + side], 1:] = np.packbits(np.ones(size_px, dtype=np.bool_))

    pixels_per_metre = round(dpi / _METRES_PER_INCH)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", size_px, size_px, 1, 0, 0, 0, 0)),
            _chunk(b"pHYs", struct.pack(">IIB", pixels_per_metre, pixels_per_metre, 1)),
            *(_chunk(b"tEXt", f"{key}\0{text}".encode("latin-1")) for key, text in texts.items()),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 1)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
