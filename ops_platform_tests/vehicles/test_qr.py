"""What a QR code says and looks like."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import product
from urllib.parse import unquote

import deqr
import numpy as np
import pytest
import qrcode
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, MODE_NUMBER, QRData

from ops_platform.vehicles.qr import (
    QrError,
    QrLook,
    look_key,
    make_qr,
    payload_hash,
    qr_matrix,
    qr_payload,
    resolve_level,
    with_utm,
)
from ops_platform.vehicles.qr_decode import read_qr_png

VIN = "5UXKR0C58F0P00011"
URL = "https://www.dealer.example/inventory/new-2025-kia-ev9-gt-line-awd-suv-kndaess51s6000123/"
UTM = "utm_source=SilverFox&utm_medium=VDP_ShortCut"
PAYLOADS = [VIN, URL, f"{URL}?{UTM}", "https://d.example/a", "https://d.example/0123456789012345678901234", "7" * 40]


# --- what a code says


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, f"{URL}?{UTM}"),
        (f"{URL}?a=1", f"{URL}?a=1&{UTM}"),
        (f"{URL}?", f"{URL}?{UTM}"),
        (f"{URL}?a=1&", f"{URL}?a=1&{UTM}"),
        (f"{URL}#photos", f"{URL}?{UTM}#photos"),
        (f"{URL}?a=1#photos?x=2", f"{URL}?a=1&{UTM}#photos?x=2"),
        (f"{URL}?utm_source=other", f"{URL}?utm_source=other&utm_medium=VDP_ShortCut"),
        (f"{URL}?UTM_Medium=x", f"{URL}?UTM_Medium=x&utm_source=SilverFox"),
        (f"{URL}?{UTM}", f"{URL}?{UTM}"),
        (f"{URL}?not_utm_source=1", f"{URL}?not_utm_source=1&{UTM}"),
    ],
)
def test_utm_is_added_where_it_is_lacking_and_the_fragment_stays_last(url: str, expected: str) -> None:
    assert with_utm(url) == expected
    assert with_utm(expected) == expected


def test_each_kind_of_payload_is_made_and_a_plain_url_is_left_as_it_is() -> None:
    url = "https://d.example/a,b/(c)?x=%20y&z=~'*!"
    assert qr_payload(VIN, f"  {url} ", "url").text == url
    assert qr_payload(VIN, url, "url_utm").text == f"{url}&{UTM}"
    assert qr_payload(f" {VIN} ", url, "vin").text == VIN


@pytest.mark.parametrize(
    "url", [None, "", "   ", "www.dealer.example/x", "javascript:alert(1)", "https://", "https:///x"]
)
def test_a_car_without_a_usable_url_gets_its_vin(url: str | None) -> None:
    payload = qr_payload(VIN, url, "url_utm")
    assert (payload.text, payload.kind) == (VIN, "vin")


def test_characters_outside_ascii_and_blanks_are_percent_encoded() -> None:
    assert qr_payload(VIN, "https://d.example/Citroën C3\n", "url").text == "https://d.example/Citro%C3%ABn%20C3"


@pytest.mark.parametrize("vin", ["", "  ", "VÎN", "A\nB"])
def test_a_vin_that_cannot_stand_in_a_code_is_refused(vin: str) -> None:
    with pytest.raises(QrError, match="as a VIN"):
        qr_payload(vin, None, "vin")


def test_half_a_surrogate_pair_in_a_url_is_refused_with_the_vin() -> None:
    with pytest.raises(QrError, match=VIN):
        qr_payload(VIN, "https://d.example/\ud800", "url")


@settings(max_examples=150, deadline=None)
@given(
    tail=st.text(min_size=1, max_size=200),
    kind=st.sampled_from(["url", "url_utm"]),
    size=st.sampled_from([200, 388, 601]),
)
def test_any_url_comes_back_from_its_picture(tail: str, kind: str, size: int) -> None:
    url = f"https://d.example/{tail}"
    payload = qr_payload(VIN, url, kind).text  # type: ignore[arg-type]
    assume(len(payload) <= 2331)  # the most a QR code holds at level M
    if kind == "url":
        assert unquote(payload) == unquote(url.strip())
    assert read_qr_png(make_qr(VIN, payload, QrLook(size_px=size)).png).payload == payload


# --- how it looks


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("payload", "urls", "perhaps 'url'"),
        ("level", "X", "auto, L, M, Q, H"),
        ("engine", "zxng", "perhaps 'zxing'"),
        ("size_px", 0, "29 to 8000"),
        ("dpi", 5, "30 to 4800"),
    ],
)
def test_an_impossible_setting_is_refused_with_what_is_possible(setting: str, value: object, words: str) -> None:
    with pytest.raises(QrError, match=words):
        QrLook(**{setting: value})  # type: ignore[arg-type]


def test_level_auto_is_m_for_a_url_and_q_for_a_vin_and_a_set_level_wins() -> None:
    assert [resolve_level(QrLook(), text) for text in (URL, VIN)] == ["M", "Q"]
    assert resolve_level(QrLook(level="H"), URL) == "H"


def test_everything_that_changes_the_bytes_changes_the_look_or_the_payload_hash() -> None:
    look = QrLook()
    others = [
        replace(look, size_px=389),
        replace(look, dpi=600),
        replace(look, level="L"),
        replace(look, engine="qrcode"),
    ]
    keys = {look_key(other, URL) for other in (look, *others)}
    assert len(keys) == 5
    assert look_key(look, URL) != look_key(look, VIN)  # the level differs
    assert look_key(replace(look, level="M"), URL) == look_key(look, URL)
    assert payload_hash(URL) != payload_hash(URL + "?")
    assert make_qr(VIN, URL, look) == make_qr(VIN, URL, QrLook())


# --- the matrix


def _segments(matrix: NDArray[np.bool_]) -> tuple[list[tuple[int, bytes]], int, int]:
    """Data segments, version and mask as deqr reads them."""
    picture = np.pad(matrix.astype(np.uint8) * 255, 4).repeat(2, axis=0).repeat(2, axis=1)
    code = deqr.QRdecDecoder().decode(picture, binarize=False, convert_data=False)[0]
    return [(int(entry.type), bytes(entry.data)) for entry in code.data_entries], code.version, code.mask


@pytest.mark.parametrize(("payload", "level"), list(product(PAYLOADS, "LMQH")))
def test_the_modules_are_those_of_the_qrcode_package_for_the_same_version_and_mask(payload: str, level: str) -> None:
    matrix = qr_matrix(payload, level)
    segments, version, mask = _segments(matrix)
    reference = qrcode.QRCode(
        version=version, mask_pattern=mask, error_correction=getattr(qrcode, f"ERROR_CORRECT_{level}"), border=0
    )
    modes = {1: MODE_NUMBER, 2: MODE_ALPHA_NUM, 4: MODE_8BIT_BYTE}
    for kind, data in segments:
        reference.add_data(QRData(data, mode=modes[kind]))
    reference.make(fit=False)
    assert np.array_equal(matrix, np.array(reference.get_matrix()))


@pytest.mark.parametrize("level", list("LMQH"))
def test_the_qrcode_engine_gives_what_the_qrcode_package_gives(level: str) -> None:
    reference = qrcode.QRCode(error_correction=getattr(qrcode, f"ERROR_CORRECT_{level}"), border=0)
    reference.add_data(URL)
    reference.make(fit=True)
    assert np.array_equal(qr_matrix(URL, level, "qrcode"), np.array(reference.get_matrix()))


@pytest.mark.parametrize("engine", ["zxing", "qrcode"])
@pytest.mark.parametrize("payload", ["", "x" * 3000, "ü"])
def test_a_payload_no_code_can_hold_is_refused_by_both_engines(engine: str, payload: str) -> None:
    with pytest.raises(QrError, match=r"ASCII|characters do not fit .* level H"):
        qr_matrix(payload, "H", engine)  # type: ignore[arg-type]


# --- the picture


@pytest.mark.parametrize(
    ("payload", "level", "size_px", "engine"),
    [
        (payload, level, size_px, "zxing")
        for payload, level, size_px in product(PAYLOADS, ["auto", *"LMQH"], [128, 256, 388, 389, 512, 1000])
    ]
    + [(payload, level, 388, "qrcode") for payload, level in product([VIN, URL], "LMQH")],
)
def test_every_picture_is_exact_and_reads_back(payload: str, level: str, size_px: int, engine: str) -> None:
    look = QrLook(size_px=size_px, level=level, engine=engine)  # type: ignore[arg-type]
    image = make_qr(VIN, payload, look)
    with Image.open(io.BytesIO(image.png)) as picture:
        assert (picture.mode, picture.size) == ("1", (size_px, size_px))
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert (picture.info["VIN"], picture.info["Payload"]) == (VIN, payload)
        dark = ~np.asarray(picture)
    read = read_qr_png(image.png)
    assert (read.payload, read.level) == (payload, resolve_level(look, payload))

    # the largest whole module that leaves four modules of white, in the middle to the pixel
    assert read.module_px == image.module_px == size_px // (image.modules + 8) >= 1
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    margins = [rows[0], size_px - 1 - rows[-1], columns[0], size_px - 1 - columns[-1]]
    assert min(margins) == read.quiet_px >= 4 * image.module_px
    assert max(margins) - min(margins) <= 1
    assert image.module_mm == pytest.approx(image.module_px * 25.4 / 300)


def test_another_resolution_is_written_into_the_file() -> None:
    with Image.open(io.BytesIO(make_qr(VIN, VIN, QrLook(dpi=600)).png)) as picture:
        assert picture.info["dpi"] == pytest.approx((600, 600), abs=0.01)


def test_a_picture_too_small_for_one_pixel_a_module_names_the_size_that_works() -> None:
    with pytest.raises(QrError, match=r"94 characters at level H needs at least (\d+) px.*size_px is 40") as caught:
        make_qr(VIN, "https://d.example/" + "x" * 76, QrLook(size_px=40, level="H"))
    smallest = int(str(caught.value).split("at least ")[1].split(" px")[0])
    image = make_qr(VIN, "https://d.example/" + "x" * 76, QrLook(size_px=smallest, level="H"))
    assert (image.module_px, read_qr_png(image.png).quiet_px) == (1, 4)


def test_modules_too_small_to_print_are_warned_about_and_good_ones_are_not() -> None:
    assert make_qr(VIN, f"{URL}?{UTM}", QrLook()).warnings == ()
    (warning,) = make_qr(VIN, f"{URL}?{UTM}", QrLook(dpi=600)).warnings
    assert "0.25 mm at 600 dpi" in warning
