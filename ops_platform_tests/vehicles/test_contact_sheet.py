"""The contact sheet a person looks over."""

from __future__ import annotations

import io

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from ops_platform.vehicles.contact_sheet import SheetItem, contact_sheet
from ops_platform.vehicles.qr import QrLook, make_qr

VINS = [f"5UXKR0C58F0P{number:05d}" for number in range(7)]
URLS = [f"https://www.dealer.example/inventory/new-2025-kia-ev9-{vin.lower()}/?utm_source=SilverFox" for vin in VINS]


def _items() -> list[SheetItem]:
    return [
        SheetItem(make_qr(vin, url, QrLook()).png, f"{vin}\n2025 Kia EV9") for vin, url in zip(VINS, URLS, strict=True)
    ]


def _open(sheet: bytes) -> Image.Image:
    return Image.open(io.BytesIO(sheet)).convert("L")


def test_every_code_on_the_sheet_can_still_be_scanned() -> None:
    found = zxingcpp.read_barcodes(_open(contact_sheet(_items(), title="New codes")))
    assert {code.text for code in found} == set(URLS)


def test_codes_stand_in_rows_with_their_captions_and_the_title_adds_a_head() -> None:
    plain, titled = _open(contact_sheet(_items(), columns=4)), _open(contact_sheet(_items(), columns=4, title="New"))
    wide = _open(contact_sheet(_items(), columns=7))
    assert wide.width > plain.width
    assert wide.height < plain.height < titled.height
    bare = _open(contact_sheet([SheetItem(item.png, "") for item in _items()], columns=4))
    assert bare.height < plain.height
    assert (np.asarray(plain) < 128).sum() > (np.asarray(bare) < 128).sum()


def test_a_long_caption_is_cut_and_does_not_run_into_the_next_one() -> None:
    items = [SheetItem(_items()[0].png, "W" * 300), SheetItem(_items()[1].png, "")]
    ink = np.asarray(_open(contact_sheet(items, columns=2))) < 200
    caption = ink[-30:, :]
    assert caption[:, : ink.shape[1] // 2].any()
    assert not caption[:, ink.shape[1] // 2 :].any()


@pytest.mark.parametrize("content", [b"", b"torn", _items()[0].png[:-5]])
def test_a_torn_file_is_shown_as_a_box_and_the_others_stay(content: bytes) -> None:
    sheet = _open(contact_sheet([*_items()[:2], SheetItem(content, "torn")]))
    assert {code.text for code in zxingcpp.read_barcodes(sheet)} == set(URLS[:2])


def test_a_picture_of_another_program_is_made_smaller_to_fit() -> None:
    buffer = io.BytesIO()
    _open(_items()[0].png).resize((901, 901), Image.Resampling.LANCZOS).save(buffer, "PNG")
    sheet = _open(contact_sheet([SheetItem(buffer.getvalue(), "old")]))
    assert sheet.width < 400
    assert [code.text for code in zxingcpp.read_barcodes(sheet)] == URLS[:1]


@pytest.mark.parametrize("number", [0, 401])
def test_no_code_or_too_many_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 400 codes, not {number}"):
        contact_sheet(_items()[:1] * number)
