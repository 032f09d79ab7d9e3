"""Database URLs: the drivers' forms, and what may be shown."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url

from ops_platform.adapters.postgres.urls import Urls, app_url, build_url, dagster_url, mask_url, plain_url

FORMS = ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"]


@pytest.mark.parametrize("scheme", FORMS)
def test_every_form_becomes_every_other(scheme: str) -> None:
    rest = "://u:p@h:5432/d?sslmode=require"
    assert plain_url(scheme + rest) == "postgresql" + rest
    assert app_url(scheme + rest) == "postgresql+psycopg" + rest
    assert dagster_url(scheme + rest) == "postgresql+psycopg2" + rest


def test_what_is_no_postgresql_url_is_refused_without_its_password() -> None:
    with pytest.raises(ValueError, match="is no PostgreSQL URL") as caught:
        app_url("mysql://u:secret@h/d")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:secret@h:5432/d", "postgresql://u:***@h:5432/d"),
        ("postgresql://u:se@cr/et@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgresql://h/d?user=u&password=secret&x=1", "postgresql://h/d?user=u&password=***&x=1"),
        ("postgresql://u:secret@h/d?sslpassword=secret", "postgresql://u:***@h/d?sslpassword=***"),
    ],
)
def test_passwords_are_masked_wherever_they_stand(url: str, shown: str) -> None:
    assert mask_url(url) == shown


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=4, max_size=20))
def test_any_password_survives_the_url_and_is_masked(password: str) -> None:
    url = build_url(user="ops", password=password, host="127.0.0.1", port=5433, database="ops")
    assert make_url(app_url(url)).password == password
    assert psycopg.conninfo.conninfo_to_dict(url)["password"] == password
    assert mask_url(url) == "postgresql://ops:***@127.0.0.1:5433/ops"


def test_the_three_urls_are_not_shown() -> None:
    assert "secret" not in repr(Urls("postgresql://u:secret@h/a", "postgresql://u:secret@h/b", "c:secret"))
