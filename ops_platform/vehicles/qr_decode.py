"""Reading a QR picture back: what a file on disk really says, found without the code that made it.

Here: PNG bytes in, the payload and the geometry out. Every library differs from the making ones
(qr.py: zxing-cpp or qrcode, and a PNG writer of our own): Pillow reads the PNG, deqr the symbol (qrdec, the
reader of ZBar, then quirc). A fault of the maker can therefore not hide itself in the check.
Not here: opening files (adapters/files.py) and judging what is found (flows/vehicles/qr_files.py).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

_IEND = b"\0\0\0\0IEND\xaeB\x60\x82"
_MAX_SIDE_PX = 10_000
_FINDER_MODULES = 7  # the outer square of a finder pattern
_QUIET_MODULES = 4
_NEGATIVE = list(range(255, -1, -1))


class QrUnreadableError(ValueError):
    """The bytes are no whole PNG with exactly one readable QR code; the message says which."""


@dataclass(frozen=True, slots=True)
class ModuleGrid:
    """A symbol drawn in whole modules. `image`: one pixel a module, 255 dark and 0 light, no quiet zone;
    `module_px`: pixels a module in the picture; `quiet_px`: the narrowest white margin."""

    image: Image.Image
    module_px: int
    quiet_px: int


@dataclass(frozen=True, slots=True)
class QrRead:
    """What a picture holds. `level`: L, M, Q or H. `module_px`, `quiet_px`: 0 when the picture is readable
    but not made of whole modules (a photo, a resampled file of another program)."""

    payload: str
    level: str
    version: int
    mask: int
    module_px: int
    quiet_px: int


def read_qr_png(png: bytes) -> QrRead:
    """The one QR code in a PNG file's bytes.

    A picture of whole modules is first proved to be one, then decoded from one pixel a module: three times
    as fast as the full picture, and to the same answer. Raises QrUnreadableError.
    """
    negative = open_png(png)
    grid = module_grid(negative)
    if grid is None:
        return _read(_decode_grey(negative.point(_NEGATIVE)), 0, 0)
    side = grid.image.width + 2 * _QUIET_MODULES
    framed = Image.new("L", (side, side))
    framed.paste(grid.image, (_QUIET_MODULES, _QUIET_MODULES))
    return _read(_decode_exact(framed), grid.module_px, grid.quiet_px)


def open_png(png: bytes) -> Image.Image:
    """The negative of a picture in 8-bit grey: ink 255, paper 0, transparency taken as paper.

    Raises QrUnreadableError for anything but a whole PNG of bearable size.
    """
    if not png:
        raise QrUnreadableError("The file is empty (0 bytes).")
    # Pillow is content when the pixels are complete; a file cut in its last bytes is torn all the same.
    if not png.endswith(_IEND):
        raise QrUnreadableError(f"The file is cut off: its {len(png)} bytes do not end as a PNG does.")
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            if max(picture.size) > _MAX_SIDE_PX:
                raise QrUnreadableError(f"The picture is {picture.width} x {picture.height} px, far too large.")
            if picture.has_transparency_data:
                paper = Image.new("RGBA", picture.size, "white")
                return Image.alpha_composite(paper, picture.convert("RGBA")).convert("L").point(_NEGATIVE)
            # One step from 1-bit to the grey negative: a picture less to allocate, a quarter of the time.
            return (picture if picture.mode in ("1", "L") else picture.convert("L")).point(_NEGATIVE, "L")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, QrUnreadableError):
            raise
        raise QrUnreadableError(f"The file is not a whole PNG picture: {error}.") from error


def module_grid(negative: Image.Image) -> ModuleGrid | None:
    """The modules of a picture from open_png, or None unless it is made of whole, pure black ones.

    The module size comes from the picture: the run of ink that starts its top left corner is the edge of a
    finder pattern, seven modules long. `reduce` then averages each module: any other value than all ink or
    all paper gives the picture away (to a five-hundredth of a module's area).
    """
    box = negative.getbbox()
    if box is None:
        return None
    left, top, right, bottom = box
    run = negative.crop((left, top, right, top + 1)).tobytes().find(b"\0")
    module_px, rest = divmod(run, _FINDER_MODULES)
    if module_px < 1 or rest or right - left != bottom - top or (right - left) % module_px:
        return None
    image = negative.reduce(module_px, box)
    pixels = image.tobytes()
    if pixels.count(b"\0") + pixels.count(b"\xff") != len(pixels):
        return None
    quiet_px = min(left, top, negative.width - right, negative.height - bottom)
    return ModuleGrid(image, module_px, quiet_px)


def _read(found: list[Any], module_px: int, quiet_px: int) -> QrRead:
    if not found:
        raise QrUnreadableError("No QR code can be read in the picture.")
    if len(found) > 1:
        raise QrUnreadableError(f"The picture holds {len(found)} QR codes instead of one.")
    code = found[0]
    body = b"".join(bytes(entry.data) for entry in code.data_entries)
    try:
        payload = body.decode("utf-8")
    except UnicodeDecodeError:
        payload = body.decode("latin-1")  # the standard's own character set when none is announced
    return QrRead(payload, code.ecc_level.name, code.version, code.mask, module_px, quiet_px)


def _decode_exact(negative: Image.Image) -> list[Any]:
    """The codes in whole modules. A decoder is made for each picture: a used one carries state from the last."""
    import deqr  # noqa: PLC0415 - loaded by the first picture, not with the module

    found: list[Any] = deqr.QRdecDecoder().decode(negative, binarize=False, convert_data=False)
    return found


def _decode_grey(picture: Image.Image) -> list[Any]:
    """The codes in any grey picture, by the one reader or the other; deqr finds the threshold itself."""
    import deqr  # noqa: PLC0415

    found: list[Any] = deqr.QRdecDecoder().decode(picture, convert_data=False)
    return found or deqr.QuircDecoder().decode(picture, convert_data=False)
