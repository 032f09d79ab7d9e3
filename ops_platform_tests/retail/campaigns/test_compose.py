"""The words of a text."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.gsm import normalised, segments
from ops_platform.paths import templates_dir
from ops_platform.retail.campaigns import automations
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.retail.campaigns.compose import (
    PLACEHOLDERS,
    Composer,
    TemplateError,
    Wording,
    called,
    read_bodies,
)
from ops_platform.retail.campaigns.model import Campaign
from ops_platform.retail.campaigns.needs import TextBodies
from ops_platform.settings_retail import RetailSettings

PLAIN = Wording(("Thank you for visiting {company}.",), ("Hi",), ("See you soon!",), opt_out="Reply STOP to opt out")
VALUES = {"company": "Fern & Sons", "review_url": "https://example.com/r", "offer": "$5 off $30", "expires": "5/14"}


def _body(
    wording: Wording = PLAIN, key: str = "k", first_name: str | None = "ANN", balance: Decimal | None = None
) -> str:
    return Composer(wording, VALUES).create_customer_text(key, first_name, balance=balance).body


def test_a_text_is_greeting_name_body_farewell_balance_and_opt_out() -> None:
    assert _body(balance=Decimal("12.7")) == (
        "Hi Ann! Thank you for visiting Fern & Sons. See you soon!\nYour reward balance: $12\nReply STOP to opt out"
    )


def test_a_wholesale_text_begins_with_the_companys_name() -> None:
    assert _body(Wording(("Thanks.",), ("Hello",), (), prefix="Fern & Sons: ")) == "Fern & Sons: Hello Ann! Thanks."


@pytest.mark.parametrize("balance", [None, Decimal(0), Decimal("0.99"), Decimal(-15)])
def test_a_balance_below_one_dollar_is_not_told(balance: Decimal | None) -> None:
    assert "balance" not in _body(balance=balance)


@pytest.mark.parametrize(
    ("first_name", "name"),
    [
        ("ANN", "Ann"),
        ("mary-jo", "Mary-Jo"),
        ("O'HARE", "O'Hare"),
        ("McKenzie", "McKenzie"),
        ("ann marie", "Ann"),
        ("Ann & Joe", "Ann & Joe"),
        ("José", "José"),
        ("", ""),
        (None, ""),
        ("J", ""),
        ("J.", ""),
        ("Customer", ""),
        ("CHANGE", ""),
        ("123", ""),
        ("\x07Bob\u200b", "Bob"),
    ],
)
def test_a_customer_is_called_by_the_first_word_of_the_first_name(first_name: str | None, name: str) -> None:
    assert called(first_name) == name


def test_without_a_name_the_greeting_stands_alone() -> None:
    assert _body(first_name="Customer").startswith("Hi! Thank you")


def test_the_same_key_always_makes_the_same_text() -> None:
    varied = Wording(("a", "b", "c", "d", "e"), ("Hi", "Hello", "Hey"), ("x", "y", "z"))
    assert {_body(varied, key="text/returning_3/100/2026-05-08") for _ in range(20)} == {
        _body(varied, key="text/returning_3/100/2026-05-08")
    }
    assert len({_body(varied, key=f"text/returning_3/{number}/2026-05-08") for number in range(200)}) > 30


def test_curly_quotes_of_a_template_do_not_triple_the_price() -> None:
    curly = Wording(("It\N{RIGHT SINGLE QUOTATION MARK}s {company}\N{EN DASH}yours" + "." * 60,), ("Hi",), ())
    text = Composer(curly, VALUES).create_customer_text("k", "Ann")
    assert (text.segments, segments(text.body)) == (1, 1)
    assert "It's Fern & Sons-yours" in text.body


@given(
    st.text(st.sampled_from("ab ^{}€éê\r\u0301\u2019\N{FLEXED BICEPS}"), max_size=9),
    st.text(st.sampled_from("Anê€\u0301"), max_size=6),
    st.integers(0, 1700),
)
def test_what_is_made_once_for_many_texts_is_what_each_of_them_would_be(signs: str, name: str, letters: int) -> None:
    body = signs.replace("{", "{{").replace("}", "}}") + "x" * letters
    composer = Composer(Wording((body,), (f"Hi{signs}",), ()), VALUES)
    shown = called(name)
    whole = normalised(f"Hi{signs}{f' {shown}' if shown else ''}! " + signs + "x" * letters)
    if len(whole) > 1600:
        with pytest.raises(ValueError, match="carriers take"):
            composer.create_customer_text("k", name)
    else:
        made = composer.create_customer_text("k", name)
        assert (made.body, made.segments) == (whole, segments(whole))


def test_a_name_cannot_smuggle_lines_or_placeholders_into_a_text() -> None:
    body = _body(first_name="Ann{company}\n\rSTOP")
    assert body.splitlines()[0] == "Hi Ann{company}! Thank you for visiting Fern & Sons. See you soon!"


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1,6\d\d letters; carriers take 1,600"):
        Composer(Wording(("x" * 1600,), ("Hi",), ()), VALUES).create_customer_text("k", "Ann")


def test_an_unknown_placeholder_is_refused_with_its_line_and_those_there_are() -> None:
    with pytest.raises(TemplateError, match=r"first\.txt, line 2: \{expiry\} is no placeholder .*\{expires\}"):
        read_bodies("# a comment with {anything}\nUntil {expiry}", "first.txt")


def test_the_day_a_coupon_ends_is_refused_in_a_campaign_without_one() -> None:
    for campaign in CAMPAIGNS:
        need = automations.needs(campaign, RetailSettings(), datetime(2026, 5, 14, tzinfo=UTC))["bodies"]
        assert isinstance(need, TextBodies)
        assert ("expires" in need.placeholders) == (campaign.coupon is not None)
    with pytest.raises(TemplateError, match=r"\{expires\} is no placeholder of this campaign"):
        read_bodies("Until {expires}", "first.txt", allowed=PLACEHOLDERS)


@pytest.mark.parametrize("text", ["a { brace", "a } brace", "{}", "{0}", "{company.__class__}", "{company[0]}"])
def test_a_brace_that_is_no_placeholder_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match=r"first\.txt, line 1"):
        read_bodies(text, "first.txt")


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "---\n---"])
def test_a_template_without_words_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match=r"first\.txt holds no text"):
        read_bodies(text, "first.txt")


def test_bodies_are_separated_by_dashes_and_may_have_several_lines() -> None:
    assert read_bodies("one\ntwo\n---\n# not me\nthree {{x}}\n", "t") == ("one\ntwo", "three {{x}}")


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda campaign: campaign.name)
def test_the_delivered_templates_say_the_company_or_begin_with_it_and_stay_within_two_parts(
    campaign: Campaign,
) -> None:
    text = (templates_dir() / "sms" / f"{campaign.name}.txt").read_text(encoding="utf-8")
    for body in read_bodies(text, campaign.name):
        assert "{company}" in body or campaign.company_first
        assert ("{expires}" in body) == ("{offer}" in body) == (campaign.coupon is not None)
        made = Composer(Wording((body,), ("Hello",), ("Happy gardening!",)), VALUES).create_customer_text("k", "Ann")
        assert made.segments <= 2


@given(st.text(max_size=30), st.text(max_size=20))
def test_any_name_and_key_make_a_text_without_control_characters(first_name: str, key: str) -> None:
    body = _body(key=key, first_name=first_name)
    assert body.startswith("Hi")
    assert not any(ord(letter) < 32 and letter != "\n" for letter in body)
