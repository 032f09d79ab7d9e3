"""What somebody who writes back means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.retail.campaigns.opt_out import PLAIN, START_WORDS, STOP_WORDS, meaning_of

BLANKS = " \t\n\r\u00a0\u200b"
SIGNS = ".,;:!?\"'()[]*-_/#~\u2026\u201c\u201d\N{PERSON WITH FOLDED HANDS}\N{HEAVY BLACK HEART}\ufe0f"


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_every_word_of_twilio_stops_however_it_is_written(word: str) -> None:
    for body in (word, word.upper(), f" {word.title()}! ", f'"{word}".', f"\n{word}\n"):
        assert meaning_of(body) == "stop"


@given(
    st.sampled_from(sorted(STOP_WORDS)),
    st.lists(st.booleans(), min_size=11, max_size=11),
    st.text(BLANKS + SIGNS, max_size=5),
    st.text(BLANKS + SIGNS, max_size=5),
)
def test_a_plain_word_stops_in_any_case_with_any_blanks_and_signs_around_it(
    word: str, capitals: list[bool], before: str, after: str
) -> None:
    written = "".join(
        letter.upper() if is_capital else letter for letter, is_capital in zip(word, capitals, strict=False)
    )
    assert meaning_of(f"{before}{written}{after}") == "stop"


@pytest.mark.parametrize(
    "body", ["opt\nout", "OPT  OUT", "\uff33\uff34\uff2f\uff30", "Stop \N{PERSON WITH FOLDED HANDS}"]
)
def test_what_phones_make_of_a_plain_word_is_the_word(body: str) -> None:
    assert meaning_of(body) == "stop"


def test_the_plain_words_are_those_of_twilio_without_blanks_and_signs() -> None:
    assert PLAIN == ["cancel", "end", "optout", "quit", "revoke", "stop", "stopall", "unsubscribe"]


@pytest.mark.parametrize("word", sorted(START_WORDS))
def test_words_that_opt_in_again(word: str) -> None:
    assert meaning_of(f"{word.upper()}!") == "start"


@pytest.mark.parametrize(
    "body",
    [
        "Please stop texting me",
        "STOP SENDING ME THESE TEXTS",
        "stop it",
        "Don\N{RIGHT SINGLE QUOTATION MARK}t text me anymore",
        "do not send me any more messages",
        "No more texts",
        "I want to opt out",
        "opt me out",
        "please unsubscribe this number",
        "Take me off your list",
        "remove me",
        "I revoke my consent",
        "quit messaging me",
        "please cancel",
        "STOP STOP STOP",
        "stop please",
        "Stop all",
        "stop texts now thank you",
        "Unsubscribe me",
        "I don't want these",
        "I no longer want to receive your messages",
        "leave me alone",
        "Wrong number",
        "Stop sending me stuff",
        "Cancel texts",
        "cancel please",
        "please end",
        "cancel my subscription",
        "End these messages",
        "CANCEL ALL!",
        "I'd like to cancel the texts",
        "Can you please stop sending me coupons",
        "stop with the constant texts",
        "why don't you stop texting me",
        "I couldn't unsubscribe, help",
        "please remove my number from your list",
        "take my number off this list",
        "Do not text",
        "do not contact me again",
        "never text me again",
        "don't send me anything",
        "I don't want any more of these",
        "I don't want to be contacted",
        "I said no more texts",
    ],
)
def test_a_sentence_that_clearly_revokes_is_an_opt_out(body: str) -> None:
    assert meaning_of(body) == "stop"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Thanks!",
        "When do you close on Saturday? We might stop by",
        "I'll stop in tomorrow",
        "Non-stop blooms this year, thank you",
        "What is the end date of the coupon?",
        "Can I cancel my order?",
        "We loved it, yes!",
        "Will the roses start to bloom soon?",
        "Please tell me when to stop watering",
        "Do not cut them back before March, right?",
        "Where is the bus stop?",
        "thank you all",
        "I never got the text with the coupon",
        "Don't forget to text me when the roses come in",
        "I do not have the coupon text anymore, can you resend?",
        "Do not delete my texts please",
        "take me to the sale",
        "I can stop this afternoon",
        "please cancel my order",
        "cancel it",
        "the end",
        "at the end text me",
        "Could someone please stop by my house",
        "I will stop by and text you",
        "Don't stop texting me!",
        "I don't want you to stop texting me",
        "did you stop sending coupons?",
        "I didn't mean to unsubscribe",
        "you never text me anymore",
        "I don't text much",
        "I don't want to miss your texts",
        "I don't want any mulch",
        "I don't want to be late",
        "get me from the airport",
        "Never mind the text",
    ],
)
def test_a_question_or_praise_is_neither(body: str) -> None:
    assert meaning_of(body) == "other"


@given(st.text(max_size=200))
def test_anything_has_a_meaning(body: str) -> None:
    assert meaning_of(body) in ("stop", "start", "other")
