"""Writing products over real HTTP: few requests, what became of each change, and no fault makes a wrong state."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops_platform.adapters.bigcommerce import BigCommerceError, bigcommerce
from ops_platform.adapters.health import web_shop
from ops_platform.adapters.sandbox_address import announced
from ops_platform.settings import load_settings
from ops_platform_tests.patience import patience
from ops_platform_tests.sandbox.bigcommerce_parts import BATCH, BREAKS, Store, changes, product, store, told

PRODUCTS = "v3/catalog/products"


@pytest.fixture
def shop(module_store: Store) -> Store:
    return module_store.begin(40)


def sold(*numbers: int, new: int = 7) -> pd.DataFrame:
    return changes(dict.fromkeys(numbers, new))


def write(shop: Store, wanted: pd.DataFrame, *, check: bool = True, **options: Any) -> pd.DataFrame:
    with shop.adapter(**options) as adapter:
        return adapter.update_products(wanted, check=check)


def test_23_changed_products_are_three_batches_of_ten_ten_and_three(shop: Store) -> None:
    wanted = sold(*range(101, 124))
    with shop.adapter() as adapter:
        results = adapter.update_products(wanted)
        assert adapter.calls == 4
    assert shop.asked("PUT") == [PRODUCTS] * 3
    assert list(results.columns) == ["key", "field", "status", "detail"]
    assert list(results["key"]) == list(wanted["key"])
    assert set(results["status"]) == {"applied"}
    assert shop.values("total_sold") == {number: 7 if number < 124 else 0 for number in range(101, 141)}


def test_820_products_of_which_40_changed_cost_nine_requests(module_store: Store) -> None:
    with module_store.begin(820).adapter() as adapter:
        frame = adapter.catalogue()
        assert (len(frame), adapter.calls) == (820, 4)
        results = adapter.update_products(sold(*range(101, 141)))
        assert adapter.calls == 4 + 1 + 4
    assert set(results["status"]) == {"applied"}


def test_a_second_run_writes_nothing(shop: Store) -> None:
    write(shop, sold(101, 102))
    puts = len(shop.asked("PUT"))
    results = write(shop, sold(101, 102))
    assert [*results["status"], *results["detail"]] == ["applied"] * 2 + ["already so"] * 2
    assert len(shop.asked("PUT")) == puts


def test_no_changes_ask_nothing(shop: Store) -> None:
    assert write(shop, sold()).empty
    assert shop.asked() == []


def test_the_changes_of_one_product_go_in_one_object(shop: Store) -> None:
    wanted = pd.concat(
        [
            sold(101, 102),
            changes({101: -820, 103: -4}, "sort_order"),
            changes({101: [102, 103]}, "related_products", old=[-1]),
            changes({101: True}, "is_featured", old=False),
        ],
        ignore_index=True,
    )
    results = write(shop, wanted)
    assert set(results["status"]) == {"applied"}
    assert len(shop.asked("PUT")) == 1
    found = shop.state.product(101)
    assert [found[name] for name in ("total_sold", "sort_order", "related_products", "is_featured")] == [
        7, -820, [102, 103], True,
    ]  # fmt: skip
    assert shop.state.product(103)["sort_order"] == -4


def test_a_value_that_changed_since_the_plan_is_left_and_told(shop: Store) -> None:
    shop.ask("PUT", f"{PRODUCTS}/101", json={"total_sold": 3})
    results = write(shop, sold(101, 102))
    assert told(results) == {"101": "conflict", "102": "applied"}
    assert results["detail"][0] == "it is 3 now, the plan was made on 0"
    assert shop.state.product(101)["total_sold"] == 3
    assert told(write(shop, sold(101), check=False)) == {"101": "applied"}
    assert shop.state.product(101)["total_sold"] == 7


def test_a_deleted_product_fails_and_the_others_are_written_checked_or_not(shop: Store) -> None:
    shop.ask("DELETE", f"{PRODUCTS}/102")
    for check, new in ((True, 7), (False, 8)):
        before = shop.values("total_sold")[101]
        results = write(shop, changes(dict.fromkeys([101, 102, 103], new), old=before), check=check)
        assert told(results) == {"101": "applied", "102": "failed", "103": "applied"}
        assert results["detail"][1] == "the product was deleted in BigCommerce"
        assert [shop.state.product(number)["total_sold"] for number in (101, 103)] == [new, new]


def test_one_bad_product_never_stops_the_others(shop: Store) -> None:
    shop.state.refused[105] = "locked by jane@example.com"
    results = write(shop, sold(*range(101, 123)))
    assert told(results) == {str(number): "failed" if number == 105 else "applied" for number in range(101, 123)}
    detail = results.set_index("key").loc["105", "detail"]
    assert detail == "BigCommerce refused it: locked by ***"
    assert shop.asked("PUT") == [PRODUCTS, f"{PRODUCTS}/105", PRODUCTS, PRODUCTS]


def test_a_207_is_read_item_by_item_and_the_refused_ones_tried_alone(shop: Store) -> None:
    shop.fault("partial", method="PUT", code="103,104")
    results = write(shop, sold(*range(101, 111)))
    assert set(results["status"]) == {"applied"}
    assert shop.asked("PUT") == [PRODUCTS, f"{PRODUCTS}/103", f"{PRODUCTS}/104"]
    assert [shop.state.product(number)["total_sold"] for number in range(101, 111)] == [7] * 10


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_a_refused_batch_is_tried_one_by_one(shop: Store, status: int) -> None:
    shop.fault("status", status=status, method="PUT")
    results = write(shop, sold(101, 102, 103))
    assert set(results["status"]) == {"applied"}
    assert shop.asked("PUT") == [PRODUCTS, *(f"{PRODUCTS}/{number}" for number in (101, 102, 103))]


def test_an_answer_that_does_not_show_the_products_is_not_believed_but_looked_up(shop: Store) -> None:
    shop.fault("no_data", method="PUT")
    assert set(write(shop, sold(101, 102), check=False)["status"]) == {"applied"}
    assert (len(shop.asked("PUT")), len(shop.asked("GET"))) == (1, 1)
    shop.fault("status", status=200, method="PUT", body="{}", headers={"content-type": "application/json"})
    results = write(shop, sold(101, 102, new=9), check=False)
    assert set(results["status"]) == {"failed"}
    assert results["detail"][0] == "BigCommerce took it, but keeps 7"


def test_what_bigcommerce_keeps_otherwise_is_told(shop: Store) -> None:
    body = {"data": [{"id": 101, "total_sold": 7}, {"id": 102, "total_sold": 5}], "meta": {}}
    shop.fault("status", status=200, method="PUT", body=json.dumps(body), headers={"content-type": "application/json"})
    results = write(shop, sold(101, 102))
    assert told(results) == {"101": "applied", "102": "failed"}
    assert results["detail"][1] == "BigCommerce took it, but keeps 5"


def test_what_stops_being_featured_goes_first_so_that_25_are_never_exceeded() -> None:
    with store(quota=1000) as shop:
        shop.state.add_products(*(product(number, is_featured=number < 126) for number in range(101, 141)))
        on = changes(dict.fromkeys(range(126, 141), True), "is_featured", old=False)
        off = changes(dict.fromkeys(range(101, 116), False), "is_featured", old=True)
        results = write(shop, pd.concat([on, off], ignore_index=True))
        assert set(results["status"]) == {"applied"}
        assert {number for number, flag in shop.values("is_featured").items() if flag} == set(range(116, 141))


@pytest.mark.parametrize(
    ("key", "field", "new", "said"),
    [
        ("101", "price", 5, "price is nothing that is written to BigCommerce"),
        ("B0001", "total_sold", 5, "'B0001' is no number of a product"),
        ("0", "total_sold", 5, "'0' is no number"),
        ("101", "total_sold", -1, "-1 is outside 0 to"),
        ("101", "total_sold", Decimal("1.5"), "is no whole number"),
        ("101", "total_sold", "5", "'5' is no whole number"),
        ("101", "sort_order", 2**31, "is outside"),
        ("101", "is_featured", "Y", "'Y' is neither True nor False"),
        ("101", "related_products", 7, "7 is no list"),
        ("101", "related_products", list(range(1, 52)), "51 related products are more than 50"),
        ("101", "related_products", ["A"], "'A' is no whole number"),
    ],
)
def test_a_change_that_cannot_be_sent_fails_alone(shop: Store, key: str, field: str, new: Any, said: str) -> None:
    wanted = pd.concat([sold(102), changes({101: new}, field, old=None).assign(key=key)], ignore_index=True)
    results = write(shop, wanted)
    assert list(results["status"]) == ["applied", "failed"]
    assert said in results["detail"][1]


def test_numbers_of_the_point_of_sale_are_written_as_whole_numbers(shop: Store) -> None:
    assert told(write(shop, changes({101: Decimal("12.0000")}))) == {"101": "applied"}
    assert shop.state.product(101)["total_sold"] == 12


def test_a_field_named_twice_is_the_callers_mistake(shop: Store) -> None:
    with pytest.raises(ValueError, match="once"):
        write(shop, pd.concat([sold(101), sold(101, new=8)]))


FAULTS: list[dict[str, Any]] = [
    *BREAKS,
    {"kind": "slow_drip", "seconds": 0.3},
    {"kind": "status", "status": 400},
    {"kind": "status", "status": 401},
    {"kind": "status", "status": 403},
    {"kind": "status", "status": 404},
    {"kind": "status", "status": 409},
    {"kind": "status", "status": 413},
    {"kind": "status", "status": 422},
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 429, "headers": {"x-rate-limit-time-reset-ms": "4000"}},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "accepted": True},
    {"kind": "status", "status": 502},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 207, "body": '{"data": []}', "headers": {"content-type": "application/json"}},
    {"kind": "partial", "code": "111,112"},
    {"kind": "no_data"},
]
IDS = ["-".join(str(value) for name, value in fault.items() if name != "seconds") for fault in FAULTS]
WANTED = {number: number * 3 for number in range(101, 124)}


def agrees(shop: Store, results: pd.DataFrame) -> bool:
    """Every product holds the old value or the wanted one, and those told as applied hold the wanted one."""
    values = shop.values("total_sold")
    held = all(values[number] in {0, new} for number, new in WANTED.items())
    return held and all(
        values[int(key)] == WANTED[int(key)] for key, status in told(results).items() if status == "applied"
    )


@pytest.mark.parametrize("fault", FAULTS, ids=IDS)
def test_a_passing_fault_in_the_middle_converges_or_says_what_was_not_written(
    shop: Store, fault: dict[str, Any]
) -> None:
    judged = 400 <= fault.get("status", 0) < 429 or fault.get("status") == 207
    shop.fault(**fault, method="PUT", path=BATCH, after=1, times=1 if judged else 2)
    results = write(shop, changes(WANTED), timeout_seconds=patience(fault, short=0.5))
    assert agrees(shop, results)
    stopped = fault.get("status") in {401, 403}
    written = {int(key) for key, status in told(results).items() if status == "applied"}
    assert written == (set(range(101, 111)) if stopped else set(WANTED))
    if stopped:
        assert results["detail"][22].startswith("not written: ")
        assert "look at OPS_RETAIL__BIGCOMMERCE__TOKEN" in results["detail"][22]
        assert len(shop.asked("PUT")) == 2
    again = write(shop, changes(WANTED), timeout_seconds=patience(fault, short=0.5), check=True)
    assert agrees(shop, again)
    shop.sandbox.faults.switch_off()
    assert set(write(shop, changes(WANTED))["status"]) == {"applied"}
    assert {number: shop.values("total_sold")[number] for number in WANTED} == WANTED


@pytest.mark.parametrize("fault", FAULTS, ids=IDS)
def test_a_fault_that_stays_never_tells_a_wrong_state(shop: Store, fault: dict[str, Any]) -> None:
    shop.fault(**fault, method="PUT", path=BATCH, after=1, times=None)
    results = write(shop, changes(WANTED), timeout_seconds=patience(fault, short=0.3))
    assert agrees(shop, results)
    assert told(results)["101"] == "applied"
    assert all(
        detail for status, detail in zip(results["status"], results["detail"], strict=True) if status == "failed"
    )
    shop.sandbox.faults.switch_off()
    assert set(write(shop, changes(WANTED))["status"]) == {"applied"}


def test_nothing_written_is_an_error_and_something_written_is_told(shop: Store) -> None:
    shop.fault("status", status=401, times=None, method="PUT")
    with pytest.raises(BigCommerceError, match="look at OPS_RETAIL__BIGCOMMERCE__TOKEN"):
        write(shop, sold(101, 102))
    assert len(shop.asked("PUT")) == 1
    shop.sandbox.faults.switch_off()
    shop.fault("timeout_after", times=None, method="PUT")
    results = write(shop, sold(*range(101, 113)), timeout_seconds=0.3)
    assert list(results["status"]) == ["applied"] * 10 + ["failed"] * 2
    assert "not written: PUT" in results["detail"][11]


def test_what_cannot_be_looked_up_says_that_it_may_have_been_written(shop: Store) -> None:
    shop.fault("timeout_after", times=None, method="PUT")
    shop.fault("status", status=503, times=None, method="GET")
    results = write(shop, sold(101, 102), check=False, timeout_seconds=0.3)
    assert set(results["status"]) == {"failed"}
    assert results["detail"][0].startswith("it may have been written: PUT")


def test_the_sandbox_of_the_home_is_found_and_missed_when_it_is_gone(shop: Store, tmp_path: Path) -> None:
    found = load_settings(env={"OPS_HOME": str(tmp_path), "OPS_CONFIG": ""})
    with announced(tmp_path, shop.sandbox.url), bigcommerce(found) as adapter:
        assert len(adapter.catalogue()) == 40
        assert adapter.probe() == 40
    with pytest.raises(BigCommerceError, match="no sandbox is running: `ops demo` or `ops sandbox` starts it"):
        bigcommerce(found)
    with bigcommerce(found, sandbox_url=shop.sandbox.url + "/") as adapter:
        assert adapter.probe() == 40


def test_a_live_store_is_asked_as_the_settings_say(shop: Store, tmp_path: Path) -> None:
    env = {
        "OPS_RETAIL__BIGCOMMERCE__MODE": "live", "OPS_RETAIL__BIGCOMMERCE__URL": shop.url,
        "OPS_RETAIL__BIGCOMMERCE__STORE_HASH": "sandbox", "OPS_RETAIL__BIGCOMMERCE__TOKEN": "sandbox",
    }  # fmt: skip
    found = load_settings(env={"OPS_HOME": str(tmp_path), "OPS_CONFIG": "", **env})
    with bigcommerce(found) as adapter:
        assert adapter.probe() == 40
    assert [(probe.ok, probe.detail.rpartition(": ")[2]) for probe in web_shop(found)] == [(True, "40 products")]
    shop.fault("status", status=403, path="/stores/sandbox/v2")
    [probe] = web_shop(found)
    assert not probe.ok
    assert "look at OPS_RETAIL__BIGCOMMERCE__TOKEN" in probe.detail


def test_doctor_asks_nothing_of_a_sandbox(tmp_path: Path) -> None:
    assert web_shop(load_settings(env={"OPS_HOME": str(tmp_path), "OPS_CONFIG": ""})) == []


@given(
    values=st.dictionaries(st.integers(101, 132), st.integers(0, 9), max_size=32),
    refused=st.sets(st.integers(101, 130), max_size=4),
    check=st.booleans(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_refused_the_rest_is_written_and_every_change_told(
    module_store: Store, values: dict[int, int], refused: set[int], check: bool
) -> None:
    big = module_store.begin(30)
    big.state.refused = dict.fromkeys(refused, "locked")
    before = big.values("total_sold")
    wanted = (
        changes(values, old=None)
        if not check
        else pd.concat(
            [changes({number: new}, old=before.get(number, 0)) for number, new in values.items()] or [changes({})]
        )
    )
    results = write(big, wanted, check=check)
    after = big.values("total_sold")
    assert len(results) == len(wanted)
    for key, status in told(results).items():
        number = int(key)
        if status == "applied":
            assert after[number] == values[number]
        else:
            assert number in refused or number > 130
            assert number > 130 or after[number] == before[number]
    assert all(after[number] == before[number] for number in before if number not in values)
