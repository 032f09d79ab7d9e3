"""Reading QR pictures back, whole, torn and foreign ones."""

from __future__ import annotations

import io

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw
from PIL.Image import Resampling

from ops_platform.vehicles.qr import QrLook, make_qr
from ops_platform.vehicles.qr_decode import QrUnreadableError, module_grid, open_png, read_qr_png

VIN = "5UXKR0C58F0P00011"
URL = "https://www.dealer.example/inventory/new-2025-kia-ev9-gt-line-awd-suv-kndaess51s6000123/?a=1"
PNG = make_qr(VIN, URL, QrLook()).png


def _png(picture: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **options)
    return buffer.getvalue()


def _picture() -> Image.Image:
    return Image.open(io.BytesIO(PNG)).convert("L")


@pytest.mark.parametrize("level", list("LMQH"))
@pytest.mark.parametrize("length", [1, 17, 60, 150, 300, 700, 1200])
def test_codes_of_every_size_read_back_with_their_geometry(length: int, level: str) -> None:
    payload = "".join(chr(33 + (7 * number) % 94) for number in range(length))
    image = make_qr(VIN, payload, QrLook(size_px=800, level=level))  # type: ignore[arg-type]
    read = read_qr_png(image.png)
    assert (read.payload, read.level, read.module_px) == (payload, level, image.module_px)
    assert read.version == (image.modules - 17) // 4


def test_the_answer_comes_from_the_modules_and_not_from_the_texts_in_the_file() -> None:
    other = make_qr(VIN, "https://d.example/other-car", QrLook()).png
    start, end = PNG.index(b"tEXtVIN") - 4, PNG.index(b"IDAT") - 4
    lying = other[: other.index(b"tEXtVIN") - 4] + PNG[start:end] + other[other.index(b"IDAT") - 4 :]
    with Image.open(io.BytesIO(lying)) as picture:
        assert picture.info["Payload"] == URL
    assert read_qr_png(lying).payload == "https://d.example/other-car"


def test_a_file_cut_off_anywhere_is_unreadable() -> None:
    for length in range(len(PNG)):
        with pytest.raises(QrUnreadableError, match=r"empty|cut off"):
            read_qr_png(PNG[:length])


def test_a_hole_of_zeros_in_the_pixels_makes_a_file_unreadable() -> None:
    start = PNG.index(b"IDAT") + 4
    for place in range(start, len(PNG) - 40, 25):
        torn = PNG[:place] + bytes(30) + PNG[place + 30 :]
        with pytest.raises(QrUnreadableError):
            read_qr_png(torn)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"no picture at all", "cut off"),
        (b"GIF89a" + PNG[-12:], "not a whole PNG"),
        (_png(Image.new("1", (388, 388), 1)), "No QR code"),
        (_png(Image.new("1", (388, 388), 0)), "No QR code"),
        (_png(Image.new("1", (10_001, 20), 1)), "far too large"),
    ],
)
def test_what_is_no_qr_picture_is_said_to_be_none(content: bytes, words: str) -> None:
    with pytest.raises(QrUnreadableError, match=words):
        read_qr_png(content)


def test_a_picture_with_two_codes_is_refused() -> None:
    both = Image.new("L", (776, 388), 255)
    both.paste(_picture(), (0, 0))
    both.paste(_picture(), (388, 0))
    with pytest.raises(QrUnreadableError, match="holds 2 QR codes"):
        read_qr_png(_png(both))


def test_a_resampled_grey_picture_is_read_but_not_taken_for_an_exact_one() -> None:
    old_style = Image.eval(_picture().resize((310, 310), Resampling.LANCZOS).resize((388, 388)), lambda v: max(v, 50))
    read = read_qr_png(_png(old_style))
    assert (read.payload, read.module_px, read.quiet_px) == (URL, 0, 0)


def test_a_transparent_background_counts_as_paper() -> None:
    picture = Image.new("RGBA", (388, 388), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), mask=ImageChops.invert(_picture()))
    assert read_qr_png(_png(picture)).payload == URL
    palette = _picture().convert("P")
    assert read_qr_png(_png(palette, transparency=255)).payload == URL


@pytest.mark.parametrize("place", [(33, 33), (200, 200), (0, 0), (387, 387), (100, 37)])
def test_one_wrong_pixel_anywhere_shows_that_a_picture_is_not_exact(place: tuple[int, int]) -> None:
    picture = _picture()
    assert module_grid(open_png(_png(picture))) is not None
    picture.putpixel(place, 255 - int(picture.getpixel(place)))  # type: ignore[arg-type]
    assert module_grid(open_png(_png(picture))) is None


def test_a_code_too_near_to_the_edge_is_seen_by_its_quiet_zone() -> None:
    grid = module_grid(open_png(PNG))
    assert grid is not None
    cut = _picture().crop((grid.quiet_px - 2 * grid.module_px,) * 2 + (388, 388))
    read = read_qr_png(_png(cut))
    assert (read.payload, read.quiet_px) == (URL, 2 * read.module_px)


def test_damage_that_error_correction_heals_does_not_hide_from_the_exact_reader() -> None:
    picture = _picture()
    grid = module_grid(open_png(PNG))
    assert grid is not None
    left = grid.quiet_px + 20 * grid.module_px
    ImageDraw.Draw(picture).rectangle((left, left, left + 3 * grid.module_px - 1, left + 3 * grid.module_px - 1), 0)
    read = read_qr_png(_png(picture))
    assert (read.payload, read.module_px) == (URL, grid.module_px)


@pytest.mark.parametrize("text", ["Citroën", "日本語の車", "naïve \N{EURO SIGN}"])
def test_text_of_other_programs_in_utf8_or_latin1_is_read(text: str) -> None:
    symbol = zxingcpp.create_barcode(text.encode(), zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = Image.fromarray(np.asarray(symbol.to_image(scale=5)))
    assert read_qr_png(_png(picture)).payload == text
    if text.isprintable() and all(ord(character) < 256 for character in text):
        latin = zxingcpp.create_barcode(text.encode("latin-1"), zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        assert read_qr_png(_png(Image.fromarray(np.asarray(latin.to_image(scale=5))))).payload == text
