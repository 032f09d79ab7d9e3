"""A contact sheet: many QR codes in one picture with captions, to look over what a run made.

Here: PNG bytes and captions in, one PNG out. The codes on the sheet are drawn from their modules, so they stay
readable by a phone held to the screen. Not here: which codes are shown, and where the sheet is kept.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from PIL.Image import Resampling

from ops_platform.vehicles.qr_decode import QrUnreadableError, module_grid, open_png

_CODE_PX = 244  # side of a code with its quiet zone: 4 px a module up to version 9
_GAP_PX = 16
_CAPTION_PX = 13
_LINE_PX = 17
_TITLE_PX = 20
_QUIET_MODULES = 4
_MAX_CODES = 400  # 20 x 20 is a picture of about 5,000 px
_INK, _PALE, _PAPER = "black", "#666666", "white"


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One code. `png`: the bytes of its file; `caption`: lines under it, longer ones are cut with an ellipsis."""

    png: bytes
    caption: str


def contact_sheet(items: Sequence[SheetItem], *, title: str = "", columns: int | None = None) -> bytes:
    """A PNG of all `items`, row by row, with their captions; `columns` defaults to about as many as rows.

    A file that is no readable picture is shown as a box that says so: the sheet is for finding those.
    Raises ValueError for no item at all, or for more than 400.
    """
    if not 1 <= len(items) <= _MAX_CODES:
        raise ValueError(f"A contact sheet shows 1 to {_MAX_CODES} codes, not {len(items)}. Pass a selection.")
    columns = min(columns or math.ceil(math.sqrt(len(items))), len(items))
    rows = math.ceil(len(items) / columns)
    caption_lines = max(len(item.caption.splitlines()) for item in items)
    cell_width = _CODE_PX + _GAP_PX
    cell_height = _CODE_PX + caption_lines * _LINE_PX + _GAP_PX
    head = _TITLE_PX + 2 * _GAP_PX if title else _GAP_PX

    sheet = Image.new("L", (columns * cell_width + _GAP_PX, head + rows * cell_height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    if title:
        font = ImageFont.load_default(_TITLE_PX)
        room = sheet.width - 2 * _GAP_PX
        draw.text((_GAP_PX, _GAP_PX // 2), _shorten(title, font, room), _INK, font)
    font = ImageFont.load_default(_CAPTION_PX)
    for number, item in enumerate(items):
        row, column = divmod(number, columns)
        left, top = _GAP_PX + column * cell_width, head + row * cell_height
        sheet.paste(_code(item.png), (left, top))
        for line, text in enumerate(item.caption.splitlines()):
            place = (left + _CODE_PX // 2, top + _CODE_PX + line * _LINE_PX)
            draw.text(place, _shorten(text, font, _CODE_PX), _PALE if line else _INK, font, anchor="ma")
    return _png(sheet)


def _code(png: bytes) -> Image.Image:
    """One code as a square of _CODE_PX: whole modules where the file has them, else the picture made smaller."""
    square = Image.new("L", (_CODE_PX, _CODE_PX), _PAPER)
    try:
        negative = open_png(png)
    except QrUnreadableError:
        draw = ImageDraw.Draw(square)
        draw.rectangle((8, 8, _CODE_PX - 9, _CODE_PX - 9), outline=_PALE, width=2)
        draw.text((_CODE_PX // 2, _CODE_PX // 2), "not readable", _INK, ImageFont.load_default(16), anchor="mm")
        return square
    grid = module_grid(negative)
    scale = _CODE_PX // (grid.image.width + 2 * _QUIET_MODULES) if grid else 0
    if grid and scale:
        side = grid.image.width * scale
        shown = grid.image.resize((side, side), Resampling.NEAREST)
    else:
        shown = negative
        shown.thumbnail((_CODE_PX, _CODE_PX), Resampling.LANCZOS)
    ink = Image.new("L", shown.size, _INK)
    square.paste(ink, ((_CODE_PX - shown.width) // 2, (_CODE_PX - shown.height) // 2), shown)
    return square


def _shorten(text: str, font: Any, width: float) -> str:
    """`text`, cut with an ellipsis when it is wider than `width` pixels."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"


def _png(sheet: Image.Image) -> bytes:
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
