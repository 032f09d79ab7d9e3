"""Of an error that nobody expected people hear its kind only, and of every other error all it says."""

from __future__ import annotations

import pytest

from ops_platform.core.defects import defect, kind_of_defect, without_text


class UniqueViolation(Exception):  # noqa: N818  # as psycopg calls it
    """An error whose name does not say so."""


@pytest.mark.parametrize("error", [KeyError("Pat Canary"), UniqueViolation("(name)=(Pat Canary)"), OSError()])
def test_what_is_recorded_of_a_defect_is_told_up_to_its_kind(error: Exception) -> None:
    kind = type(error).__name__
    assert without_text(defect(error)) == kind
    assert without_text(f"it was done, but not what comes after it: {kind_of_defect(error)}") == (
        f"it was done, but not what comes after it: {kind}"
    )
    assert without_text(f"mail/1: {defect(error)}") == f"mail/1: {kind}"


@pytest.mark.parametrize(
    "told",
    [
        "email: the mail server refused the login; set OPS_MAIL__PASSWORD",
        "coupon: the web shop is away",
        "Monrovia: login refused",
        "BigCommerce: 429",
        "no answer (ConnectTimeoutError)",
        "the file of ValueErrors is missing",
        "Error",
        "",
    ],
)
def test_no_other_word_before_a_colon_is_taken_for_an_exception(told: str) -> None:
    assert without_text(told) is None


def test_the_first_kind_counts_because_all_after_it_may_quote_somebody() -> None:
    assert without_text("ValueError: Pat Canary: KeyError: 3") == "ValueError"
