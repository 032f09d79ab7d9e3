"""Every mail of templates/email, and what a template must not do."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.adapters.mail_templates import (
    LARGEST_HTML,
    Frame,
    MailText,
    example_context,
    example_pictures,
    mail_names,
    render_mail_text,
)
from ops_platform.adapters.templates import TemplateProblemError, render_told
from ops_platform.paths import templates_dir

FRAME = Frame("Green & Growing", "customer", "https://store.example", ("1 Garden Road",))
_VOID = {"meta", "img", "br", "link", "hr", "input"}


class Tags(HTMLParser):
    """The elements of a page: tag, attributes; and whether each that begins also ends."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def rendered(name: str) -> MailText:
    return render_mail_text(name, example_context(name), FRAME, example_pictures(name))


def templates(tmp_path: Path, **files: str) -> Path:
    """A templates folder with the shipped base and one mail `x`."""
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "_base").symlink_to(templates_dir() / "email" / "_base")
    folder = tmp_path / "email" / "x"
    folder.mkdir()
    base = {
        "subject.txt": "Hello",
        "body.html": '{% extends "email/_base/layout.html" %}{% block content %}{{ name }}{% endblock %}',
        "body.txt": '{% extends "email/_base/layout.txt" %}{% block content %}{{ name }}{% endblock %}',
    }
    for file, text in {**base, **{name.replace("_", "."): text for name, text in files.items()}}.items():
        (folder / file).write_text(text)
    return tmp_path


def test_the_mails_of_the_platform_are_there() -> None:
    assert {"alert", "followup_leads", "stock_notification", "test"} <= set(mail_names())


@pytest.mark.parametrize("name", mail_names())
def test_every_mail_renders_from_its_example_fits_gmail_and_is_sound_html(name: str) -> None:
    made = rendered(name)
    assert len(made.html.encode()) < LARGEST_HTML
    tags = Tags(made.html)
    assert tags.open == []
    assert not {tag for tag, _ in tags.found} & {"script", "link", "iframe", "form", "object"}
    assert made.cids <= set(example_pictures(name))
    assert "because" in made.text.rpartition("\n--\n")[2], "the footer says why the person gets it"
    assert "{{" not in made.html + made.text + made.subject


@pytest.mark.parametrize("name", mail_names())
def test_styles_stand_in_the_tags_and_only_those_for_phones_and_dark_screens_in_the_head(name: str) -> None:
    html = rendered(name).html
    style = "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL))
    assert "prefers-color-scheme" in style
    assert "max-width: 480px" in style
    outside = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", style)
    assert outside.strip() == ""
    [heading] = [attrs for tag, attrs in Tags(html).found if tag == "h1"]
    assert "font-size" in heading["style"]


@pytest.mark.parametrize("name", mail_names())
def test_the_text_twin_has_no_html_and_says_what_the_html_says(name: str) -> None:
    made = rendered(name)
    # The examples hold marks on purpose, in values; the twin's own words hold none.
    for mark in ("<p", "<td", "<br", "<div", "<table", "&lt;", "&amp;", "&#39;", "style="):
        assert mark not in made.text, mark
    words = set(re.findall(r"[A-Za-z]{4,}", " ".join(Tags(made.html).texts[1:])))
    missing = words - set(re.findall(r"[A-Za-z]{4,}", made.text))
    assert len(missing) <= len(words) * 0.2, missing
    assert "\n\n\n" not in made.text


def test_marks_in_values_are_shown_not_obeyed() -> None:
    made = rendered("followup_leads")
    assert "<script>" not in made.html
    assert "&lt;script&gt;alert(" in made.html
    assert "Lee &lt;b&gt;Park&lt;/b&gt;" in made.html
    assert "Green &amp; Growing" in made.html
    assert "Green & Growing" in made.text


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_no_value_makes_an_element_of_its_own(value: str) -> None:
    context = example_context("stock_notification")
    plain = Tags(render_mail_text("stock_notification", context | {"description": "x"}, FRAME, []).html)
    other = render_mail_text("stock_notification", context | {"description": f"x{value}<i x='"}, FRAME, []).html
    tags = [tag for tag, _ in Tags(other).found if tag != "br"]
    assert tags == [tag for tag, _ in plain.found if tag != "br"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//x.example", "https://x.example/ a", ""])
def test_a_link_a_program_would_run_is_refused(link: str) -> None:
    context = example_context("stock_notification") | {"url": link}
    with pytest.raises(TemplateProblemError, match=r"_base/macros\.html line \d+: .* is no link"):
        render_mail_text("stock_notification", context, FRAME, [])


def test_a_missing_value_is_told_with_file_and_line(tmp_path: Path) -> None:
    context = example_context("stock_notification")
    del context["quantity"]
    with pytest.raises(
        TemplateProblemError, match=r"templates/email/stock_notification/body\.html line \d+: 'quantity' is undefined"
    ):
        render_mail_text("stock_notification", context, FRAME, [])
    folder = templates(
        tmp_path, body_txt='{% extends "email/_base/layout.txt" %}\n{% block why %}{{ nobody }}{% endblock %}'
    )
    with pytest.raises(TemplateProblemError, match=r"templates/email/x/body\.txt line 2: 'nobody' is undefined"):
        render_mail_text("x", {"name": "y"}, FRAME, [], folder)


def test_what_cannot_be_read_as_a_template_is_told_with_file_and_line(tmp_path: Path) -> None:
    folder = templates(tmp_path, body_html="one\n{% if %}")
    with pytest.raises(TemplateProblemError, match=r"templates/email/x/body\.html line 2: Expected"):
        render_mail_text("x", {"name": "y"}, FRAME, [], folder)
    with pytest.raises(TemplateProblemError, match=r"there is no template templates/email/none\.txt"):
        render_told("email/none.txt", {})


def test_a_mail_that_is_none_and_one_that_lacks_a_file_are_told(tmp_path: Path) -> None:
    for name in ("nothing", "_base", "../email/test", "Test"):
        with pytest.raises(TemplateProblemError, match=r"there is no mail .* there are: .*stock_notification"):
            render_mail_text(name, {}, FRAME, [])
    folder = templates(tmp_path)
    (folder / "email" / "x" / "body.txt").unlink()
    with pytest.raises(TemplateProblemError, match=r"templates/email/x lacks body\.txt"):
        render_mail_text("x", {"name": "y"}, FRAME, [], folder)


@pytest.mark.parametrize("name", ["a\nBcc: b", "a\rb", "a\x00b", " ", "x" * 201, "a\u2028b"])
def test_a_subject_is_one_line(tmp_path: Path, name: str) -> None:
    folder = templates(tmp_path, subject_txt="{{ name }}")
    with pytest.raises(TemplateProblemError, match=r"email/x/subject\.txt: a subject is one line of 1 to 200"):
        render_mail_text("x", {"name": name}, FRAME, [], folder)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=80))
def test_one_line_makes_a_subject_of_any_text(text: str) -> None:
    context = example_context("stock_notification") | {"title": f"Maple{text}"}
    subject = render_mail_text("stock_notification", context, FRAME, []).subject
    assert subject.startswith("Maple")
    assert len(subject.splitlines()) == 1


def test_html_that_gmail_would_cut_off_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(TemplateProblemError, match=r"bytes\. Above 100,000 Gmail cuts a mail off"):
        render_mail_text("x", {"name": "é" * 50_000}, FRAME, [], templates(tmp_path))


def test_a_picture_that_does_not_come_along_is_refused(tmp_path: Path) -> None:
    folder = templates(
        tmp_path, body_html='{% import "email/_base/macros.html" as m %}{{ m.picture("weeks", "a chart") }}{{ name }}'
    )
    with pytest.raises(TemplateProblemError, match="shows the picture weeks, which the mail does not bring along"):
        render_mail_text("x", {"name": "y"}, FRAME, [], folder)
    assert render_mail_text("x", {"name": "y"}, FRAME, ["weeks"], folder).cids == {"weeks"}


def test_the_context_cannot_take_the_place_of_the_frame() -> None:
    with pytest.raises(TemplateProblemError, match="the context has mail, which the frame sets"):
        render_mail_text("test", {"mail": {}}, FRAME, [])


def test_a_long_table_stays_small_and_says_how_many_are_not_shown(tmp_path: Path) -> None:
    body = (
        '{% extends "email/_base/layout.html" %}{% import "email/_base/macros.html" as m %}'
        '{% block content %}{{ m.table(columns, rows, more=1200, where="the attached low_stock.csv") }}{% endblock %}'
    )
    columns = [{"title": "Item"}, {"title": "Category", "wide": True}, *({"title": "N", "format": "money"},) * 2]
    rows = [[f"Japanese Maple no. {number}", "TREES", "1234.50", "-3.00"] for number in range(400)]
    folder = templates(tmp_path, body_html=body)
    html = render_mail_text("x", {"name": "", "columns": columns, "rows": rows}, FRAME, [], folder).html
    assert len(html) < 85_000
    assert "and 1,200 more, in the attached low_stock.csv" in html


def test_an_example_that_is_no_example_is_told(tmp_path: Path) -> None:
    folder = templates(tmp_path)
    with pytest.raises(TemplateProblemError, match=r"email/x/example\.json is missing"):
        example_context("x", folder)
    file = folder / "email" / "x" / "example.json"
    file.write_text("[1]")
    with pytest.raises(TemplateProblemError, match="one JSON object"):
        example_context("x", folder)
    file.write_text("{")
    with pytest.raises(TemplateProblemError, match="is no JSON"):
        example_context("x", folder)
    file.write_text('{"pictures": ["a"], "b": 1}')
    assert (example_context("x", folder), example_pictures("x", folder)) == ({"b": 1}, ["a"])
