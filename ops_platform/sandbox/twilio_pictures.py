"""Invented pictures of coupons, drawn when somebody fetches one."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_SIZE: Final = (640, 400)
_WORDS: Final = {"coupon": ("$5 OFF", "your purchase of $30 or more"), "birthday": ("$10 OFF", "Happy birthday month!")}
_GREEN, _CREAM = "#2f6b3c", "#fbf7ec"


@lru_cache(maxsize=8)
def coupon_picture(name: str) -> bytes:
    """A PNG of 640 x 400 pixels; an unknown name stands on the picture itself."""
    large, small = _WORDS.get(name, (name[:20], "a picture of the sandbox"))
    picture = Image.new("RGB", _SIZE, _CREAM)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((16, 16, _SIZE[0] - 16, _SIZE[1] - 16), radius=24, outline=_GREEN, width=6)
    middle = _SIZE[0] / 2
    draw.text((middle, 160), large, fill=_GREEN, font=ImageFont.load_default(110), anchor="mm")
    draw.text((middle, 260), small, fill=_GREEN, font=ImageFont.load_default(30), anchor="mm")
    draw.text((middle, 340), "invented by the sandbox", fill="#8a8a7a", font=ImageFont.load_default(18), anchor="mm")
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
