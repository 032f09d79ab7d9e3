"""The checks of customers, their snapshot and lists in the lineage; each fails when what it names happens."""

from __future__ import annotations

import dagster as dg
import pytest

from ops_platform.adapters.files import write_whole
from ops_platform.definitions import defs
from ops_platform.defs.retail import keys
from ops_platform_tests.defs.retail.conftest import Shop
from ops_platform_tests.defs.retail.test_checks import ask, complains

GRAPH = defs.resolve_asset_graph()


def deps(*path: str) -> set[str]:
    return {"/".join(key.path) for key in GRAPH.get(dg.AssetKey(list(path))).parent_keys}


def test_the_lineage_leads_from_the_customers_to_the_lists() -> None:
    assert deps("retail", "customers") == {"counterpoint/AR_CUST"}
    assert deps("retail", "customer_tickets") == {"counterpoint/PS_TKT_HIST", "counterpoint/PS_TKT_HIST_LIN"}
    assert deps("retail", "refunded_customers") >= {"retail/customers", "retail/customer_tickets"}
    assert deps("retail", "email_lists") >= {"retail/customers", "retail/negative_balances"}
    assert deps("exports", "email_list_retail.csv") == {"retail/email_lists"}
    assert deps("exports", "new_customers.csv") == {"retail/new_customers"}
    assert deps("retail", "contact_1") >= {"retail/new_customers"}


def test_every_automation_of_customers_says_what_it_writes() -> None:
    found = GRAPH.get(keys.of_snapshot("negative_balances"))
    assert "Writes fields of customers at the point of sale" in str(found.description)


@pytest.fixture
def kept(shop: Shop) -> Shop:
    """Two customers, one of whom asked for no mails, and the lists of them."""
    shop.pos.add_customer("1", EMAIL_ADRS_1="yes@example.com", LOY_PTS_BAL=5, TOT_LOY_PTS_EARND=5)
    shop.pos.add_customer("2", EMAIL_ADRS_1="no@example.com", INCLUDE_IN_MARKETING_MAILOUTS="N")
    shop.materialize("email_lists")
    return shop


def test_sound_customers_pass_both_checks_and_are_shown_without_address(kept: Shop) -> None:
    assert ask("loyalty_balances_add_up", "customers").passed
    assert ask("opt_outs_are_respected", "email_lists").passed
    told = kept.told("email_lists")
    assert [file["rows"] for file in told["files"] if file["name"] == "email_list_retail.csv"] == [1]
    assert "@example.com" not in str(told)


def test_a_balance_that_was_set_alone_is_told(kept: Shop) -> None:
    kept.pos.add_customer("3", LOY_PTS_BAL=70, TOT_LOY_PTS_EARND=90, TOT_LOY_PTS_RDM=10)
    said, rows = complains("loyalty_balances_add_up", "customers")
    assert said.startswith("1 of 3 customers have a balance that their totals do not give: 3.")
    assert [(row["cust_no"], float(row["off by"])) for row in rows] == [("3", -10.0)]


def test_somebody_who_asked_for_no_mails_on_a_list_is_an_error(kept: Shop) -> None:
    file = kept.settings.home / "retail" / "exports" / "email_list_retail.csv"
    write_whole(file, file.read_bytes() + b"2,,,NO@Example.com,,,0\n")
    found = ask("opt_outs_are_respected", "email_lists")
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "no@example.com" not in str(found.metadata).lower()
    assert "2" in str(found.description)


def test_with_the_guard_off_the_check_says_so(kept: Shop) -> None:
    kept.use(email_lists__respect_opt_out=False)
    found = ask("opt_outs_are_respected", "email_lists")
    assert found.passed
    assert "respect_opt_out is off" in str(found.description)
