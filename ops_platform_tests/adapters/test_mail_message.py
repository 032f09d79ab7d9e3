"""A mail as bytes: its parts, its headers, and nothing in them that somebody slipped in."""

from __future__ import annotations

import base64
import io
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from ops_platform.adapters import mail_message
from ops_platform.adapters.mail_message import MailProblemError, RenderedMail, address, handed_over, render_mail
from ops_platform.adapters.mail_page import as_page
from ops_platform.adapters.mail_pictures import PictureError, fit_for_mail
from ops_platform.adapters.mail_templates import example_context
from ops_platform.settings import Settings
from ops_platform_tests.adapters.mail_parts import LEE, PAT, parsed

KEY = "report/admin_report/2026-05-13"


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def payload(**changes: Any) -> dict[str, Any]:
    usual = {"template": "test", "to": [PAT], "context": example_context("test"), "kind_of_mail": "staff"}
    return {**usual, **changes}


def stock(**changes: Any) -> dict[str, Any]:
    usual = {"template": "stock_notification", "context": example_context("stock_notification")}
    return payload(**{**usual, "kind_of_mail": "customer", **changes})


def made(wanted: dict[str, Any] | None = None, key: str = KEY, **section: Any) -> RenderedMail:
    return render_mail(wanted or payload(), key, Settings(home=Path("/nowhere"), mail=section))


def message(wanted: dict[str, Any] | None = None, key: str = KEY, **section: Any) -> EmailMessage:
    return parsed(made(wanted, key, **section).content)


def shape(part: EmailMessage) -> Any:
    if not part.is_multipart():
        return part.get_content_type()
    return part.get_content_type(), [shape(each) for each in part.iter_parts()]  # type: ignore[arg-type]


def test_the_parts_stand_as_every_reader_understands_them(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(picture())
    csv = {"name": "Größen & Maße.csv", "content_base64": encoded(b"a,b\n"), "type": "text/csv"}
    found = message(stock(pictures=[{"cid": "photo", "png_base64": encoded(picture())}], attachments=[csv]), logo=logo)
    body = ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png", "image/png"])])
    assert shape(found) == ("multipart/mixed", [body, "text/csv"])
    [attached] = found.iter_attachments()
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("Größen & Maße.csv", b"a,b\n")
    assert shape(message()) == ("multipart/alternative", ["text/plain", "text/html"])


def test_every_picture_of_the_html_is_in_the_mail_and_no_other() -> None:
    pictures = [{"cid": cid, "png_base64": encoded(picture())} for cid in ("photo", "unused")]
    found = message(stock(pictures=pictures))
    cids = [part["Content-ID"] for part in found.walk() if part["Content-ID"]]
    assert cids == ["<photo>"]
    page = as_page(found.as_bytes())
    assert "cid:" not in page
    assert "data:image/png;base64," in page


def test_headers_say_who_why_and_that_nobody_wrote_it() -> None:
    section = {
        "sender": "shop@store.example",
        "sender_name": "Grün & Söhne, Nursery",
        "reply_to": "owner@store.example",
    }
    found = message(payload(to=[PAT, LEE]), **section)
    assert found["From"].addresses[0].display_name == "Grün & Söhne, Nursery"
    assert found["From"].addresses[0].addr_spec == "shop@store.example"
    assert [each.addr_spec for each in found["To"].addresses] == [PAT, LEE]
    assert found["Reply-To"] == "owner@store.example"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Message-ID"].endswith("@store.example>")
    assert found["Date"] is None
    assert found["List-Unsubscribe"] is None
    assert message(payload(reply_to=LEE), **section)["Reply-To"] == LEE


@pytest.mark.parametrize(
    ("link", "post"),
    [("https://store.example/u?x=1", "List-Unsubscribe=One-Click"), ("mailto:shop@store.example", None)],
)
def test_customers_are_offered_to_unsubscribe_and_staff_is_not(link: str, post: str | None) -> None:
    found = message(stock(), unsubscribe=link)
    assert (found["List-Unsubscribe"], found["List-Unsubscribe-Post"]) == (f"<{link}>", post)
    assert message(unsubscribe=link)["List-Unsubscribe"] is None


def test_the_same_key_makes_the_same_mail_and_another_key_another_message_id() -> None:
    assert made().content == made().content
    assert made().message_id == message()["Message-ID"]
    assert made(key="report/admin_report/2026-05-14").message_id != made().message_id


def test_every_line_keeps_the_limits_of_mail() -> None:
    content = made(payload(context=example_context("test") | {"rows": [["x" * 3000, "", 1, 1]]})).content
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert content.isascii()


def test_the_date_and_a_redirection_are_put_before_the_mail_as_it_leaves() -> None:
    at = datetime(2026, 11, 1, 1, 30, tzinfo=timezone(timedelta(hours=-5)))
    found = parsed(handed_over(made().content, at, "owner@store.example", "shop@store.example"))
    assert found["Date"] == "Sun, 01 Nov 2026 01:30:00 -0500"
    assert (found["Resent-To"], found["To"]) == ("owner@store.example", PAT)
    assert parsed(handed_over(made().content, at))["Resent-To"] is None


@pytest.mark.parametrize(
    "text",
    ["", "pat", "pat@", "@x.example", "pat@localhost", "a b@x.example", "pat@x.example, lee@x.example",
     "pat@x.example\r\nBcc: lee@x.example", "Pat <pat@x.example>", "pät@x.example", "pat@[127.0.0.1]"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_the_address_masked(text: str) -> None:
    with pytest.raises(MailProblemError, match="is no mail address") as caught:
        address(text)
    assert "pat@x" not in str(caught.value)
    with pytest.raises(MailProblemError):
        made(payload(to=[text]))


def test_a_domain_of_other_alphabets_is_written_as_servers_take_it() -> None:
    assert address("Lee@Bücher.example") == "Lee@xn--bcher-kva.example"


_TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)


@hypothesis_settings(max_examples=25, deadline=None)
@given(name=_TEXT, subject=_TEXT, reply=_TEXT, file=_TEXT)
def test_no_text_forges_a_header(name: str, subject: str, reply: str, file: str) -> None:
    forged = "\r\nBcc: evil@x.example"
    attachment = {"name": f"{file}.csv", "content_base64": "", "type": "text/csv"}
    context = example_context("stock_notification") | {"title": f"T{subject}{forged}"}
    plain = message(stock(attachments=[attachment | {"name": "a.csv"}]), store="S")
    usual = [each.lower() for each in plain.keys()]  # noqa: SIM118 - a message is no dict
    try:
        found = message(stock(context=context, attachments=[attachment]), store=f"S{name}"[:100])
    except (MailProblemError, ValueError):
        pass  # refused is as good
    else:
        assert [each.lower() for each in found.keys()] == usual  # noqa: SIM118 - a message is no dict
        assert found["Bcc"] is None
    for bad in (payload(reply_to=reply + forged), payload(attachments=[attachment | {"name": file + forged}])):
        with pytest.raises(MailProblemError):
            made(bad)


@hypothesis_settings(max_examples=30, deadline=None)
@given(
    st.text(alphabet=st.characters(), max_size=30), st.sampled_from(["title", "description", "first_name", "item_no"])
)
def test_whatever_characters_a_value_has_a_mail_is_made_or_refused_with_a_reason(text: str, name: str) -> None:
    context = example_context("stock_notification") | {name: text}
    try:
        found = message(stock(context=context))
    except MailProblemError as error:
        assert str(error)
    else:
        assert shape(found) == ("multipart/alternative", ["text/plain", "text/html"])


@pytest.mark.parametrize("name", ["../x.csv", "a/b.csv", "a\\b.csv", ".htaccess", "", "x\n.csv"])
def test_an_attachment_whose_name_is_a_path_is_refused(name: str) -> None:
    with pytest.raises(MailProblemError):
        made(payload(attachments=[{"name": name, "content_base64": "", "type": "text/csv"}]))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"to": []}, "to: Tuple should have at least 1 item"),
        ({"kind_of_mail": "other"}, "kind_of_mail"),
        ({"surprise": 1}, "surprise: Extra inputs are not permitted"),
        ({"template": "nothing"}, "there is no mail 'nothing'"),
        ({"context": {}}, "is undefined"),
        ({"pictures": [{"cid": "logo", "png_base64": ""}]}, "picture 'logo'"),
        ({"pictures": [{"cid": "a b", "png_base64": ""}]}, "a Content-ID is"),
        ({"pictures": [{"cid": "a"}]}, "give a file or png_base64"),
        ({"pictures": [{"cid": "a", "png_base64": "%"}]}, "picture a is no base64"),
        ({"pictures": [{"cid": "a", "png_base64": encoded(b"GIF89a")}]}, "is no PNG or JPEG"),
        ({"pictures": [{"cid": "a", "file": "/nowhere/x.jpg"}]}, "x.jpg No such file"),
        ({"attachments": [{"name": "a", "content_base64": "%", "type": "text/csv"}]}, "attachment a is no base64"),
        ({"attachments": [{"name": "a", "content_base64": "", "type": "text"}]}, "'text' is no type"),
        ({"kind_of_mail": "customer", "to": [PAT, LEE]}, "they would see each other's addresses"),
        ({"to": [PAT] * 101}, "at most 100 items"),
    ],
)
def test_a_payload_that_is_none_is_told_and_nothing_is_made(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(MailProblemError, match=words.replace("(", r"\(")) as caught:
        made(payload(**wrong))
    assert PAT not in str(caught.value)


def test_a_mail_larger_than_servers_take_is_refused_before_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_message, "LARGEST", 100_000)
    large = {"name": "a.csv", "content_base64": encoded(b"x" * 80_000), "type": "text/csv"}
    with pytest.raises(MailProblemError, match=r"servers take 100,000\. Attach less"):
        made(payload(attachments=[large]))


def test_a_photo_that_is_missing_or_damaged_is_left_out_where_the_mail_does_without(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(picture("JPEG")[:200])
    for file in (tmp_path / "none.jpg", damaged):
        wanted = {"cid": "photo", "file": str(file), "optional": True}
        assert "cid:photo" not in made(stock(pictures=[wanted])).text.html
        with pytest.raises(MailProblemError, match=file.name):
            made(stock(pictures=[wanted | {"optional": False}]))


def test_a_photo_becomes_upright_small_and_tells_nothing_of_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    exif[0x8825] = {1: "N", 2: (35.0, 36.0, 2.0)}
    content, kind = fit_for_mail(picture("JPEG", (1600, 1200), quality=95, exif=exif))
    with Image.open(io.BytesIO(content)) as found:
        assert (kind, found.size) == ("jpeg", (1180, 1573))
        assert not found.getexif()
    assert fit_for_mail(picture("JPEG", (40, 30), exif=exif))[0] != picture("JPEG", (40, 30), exif=exif)


def test_a_mail_without_html_is_a_page_of_its_text() -> None:
    assert as_page(b"Subject: x\r\n\r\nHi <b>Pat</b>") == "<!doctype html><pre>Hi &lt;b&gt;Pat&lt;/b&gt;</pre>"


def test_a_small_chart_stays_as_it_is_and_a_wide_one_becomes_smaller() -> None:
    chart = picture()
    assert fit_for_mail(chart) == (chart, "png")
    content, kind = fit_for_mail(picture("PNG", (2000, 100)))
    with Image.open(io.BytesIO(content)) as found:
        assert (kind, found.size) == ("png", (1180, 59))


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a...", picture()[:60], b"\x89PNG\r\n\x1a\n" + b"x" * 50, b"\xff\xd8\xff"]
)
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureError):
        fit_for_mail(content)


def test_a_picture_that_could_fill_the_memory_is_refused() -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 10_000)).save(bomb, "PNG")
    with pytest.raises(PictureError, match=r"pixels"):
        fit_for_mail(bomb.getvalue())
