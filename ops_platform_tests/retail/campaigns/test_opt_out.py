"""What somebody who writes back means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.retail.campaigns.opt_out import START_WORDS, STOP_WORDS, meaning_of


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_every_word_of_twilio_stops_however_it_is_written(word: str) -> None:
    for body in (word, word.upper(), f" {word.title()}! ", f'"{word}".', f"\n{word}\n"):
        assert meaning_of(body) == "stop"


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
    ],
)
def test_a_question_or_praise_is_neither(body: str) -> None:
    assert meaning_of(body) == "other"


@given(st.text(max_size=200))
def test_anything_has_a_meaning(body: str) -> None:
    assert meaning_of(body) in ("stop", "start", "other")
