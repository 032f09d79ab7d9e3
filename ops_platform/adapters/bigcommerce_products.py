"""Writing products of BigCommerce: ten at once, and what became of each change.

What belongs here: how a change set gets into the catalogue. What does not: which changes are wanted (retail/), and
whether they may be written (flows/retail). All values are absolute, so writing one twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from ops_platform.adapters.bigcommerce_api import Api, BigCommerceError, BigCommerceRefusedError
from ops_platform.adapters.bigcommerce_catalogue import PRODUCTS, read_products
from ops_platform.core.changes import same

RESULT_COLUMNS: Final = ["key", "field", "status", "detail"]
LARGEST_BATCH: Final = 10
_MOST_RELATED: Final = 50
_INT32: Final = 2**31
_GONE: Final = "the product was deleted in BigCommerce"
_Names = tuple[str, str]
_Body = dict[str, Any]


@dataclass(frozen=True)
class _Wanted:
    """One change: of which product, and the values as BigCommerce holds them."""

    names: _Names
    product_id: int
    old: Any
    new: Any


@dataclass
class _Outcomes:
    """What became of each change so far, by key and field. sent: whether anything was, or may have been, written."""

    told: dict[_Names, tuple[str, str]] = field(default_factory=dict)
    sent: bool = False

    def tell(self, changes: Iterable[_Wanted], status: str, detail: str = "") -> None:
        """Settle changes."""
        self.told |= dict.fromkeys((change.names for change in changes), (status, detail))

    def open(self, changes: Iterable[_Wanted]) -> list[_Wanted]:
        """Those that are not settled."""
        return [change for change in changes if change.names not in self.told]


def update_products(api: Api, changes: pd.DataFrame, *, check: bool = True) -> pd.DataFrame:
    """Write a change set of products; return a row a change: key, field, status, detail.

    applied: written, or already so. conflict: the value is neither the one the plan was made on nor the new one, and
    was left. failed: refused, no such product, or not tried; the detail says which. One bad product never stops the
    others; a server that does not answer does, and the rest is told as failed.
    check: read the products first and write only where the old value still stands; without it, what differs is
    overwritten. Raises BigCommerceError while nothing has been written.
    """
    outcomes = _Outcomes()
    wanted = _readable(changes, outcomes)
    if check and wanted:
        _compare(wanted, _present(api, wanted), outcomes)
    by_product: dict[int, list[_Wanted]] = {}
    for change in outcomes.open(wanted):
        by_product.setdefault(change.product_id, []).append(change)
    # What stops being featured goes first: only 25 products can be at a time.
    products = sorted(
        by_product.values(), key=lambda some: not any(c.names[1] == "is_featured" and not c.new for c in some)
    )
    try:
        for start in range(0, len(products), LARGEST_BATCH):
            _write(api, products[start : start + LARGEST_BATCH], outcomes)
    except BigCommerceError as error:
        if not outcomes.sent:
            raise
        outcomes.tell(outcomes.open(wanted), "failed", f"not written: {error}")
    rows = [[*names, *outcomes.told[names]] for names in zip(changes["key"], changes["field"], strict=True)]
    return pd.DataFrame(rows, columns=RESULT_COLUMNS, dtype=object)


def _write(api: Api, products: Sequence[list[_Wanted]], outcomes: _Outcomes) -> None:
    """Write up to ten products. Raises BigCommerceError when the server is away; what is unsure is looked up first."""
    changes = [change for some in products for change in some]
    try:
        if len(products) == 1:
            _write_one(api, products[0], outcomes)
        else:
            _write_batch(api, products, outcomes)
    except BigCommerceError as error:
        if error.maybe_done:
            outcomes.sent = True
            _look_up(api, outcomes.open(changes), outcomes, error)
        raise


def _write_batch(api: Api, products: Sequence[list[_Wanted]], outcomes: _Outcomes) -> None:
    status, answered = 0, dict[int, _Body]()
    try:
        reply = api.ask("PUT", PRODUCTS, body=[{"id": some[0].product_id, **_body(some)} for some in products])
    except BigCommerceRefusedError:
        pass  # nothing of it was done: one of them is bad
    else:
        outcomes.sent = True
        status, answered = reply.status, _answered(reply.value)
    for some in products:
        _confirm(some, answered.get(some[0].product_id, {}), outcomes)
    unsure = [some for some in products if outcomes.open(some)]
    if status == 200:
        _look_up(api, [change for some in unsure for change in outcomes.open(some)], outcomes)
        return
    for some in unsure:
        _write_one(api, some, outcomes)


def _write_one(api: Api, changes: list[_Wanted], outcomes: _Outcomes) -> None:
    try:
        reply = api.ask("PUT", f"{PRODUCTS}/{changes[0].product_id}", body=_body(changes))
    except BigCommerceRefusedError as refused:
        why = _GONE if refused.status == 404 else f"BigCommerce refused it: {refused.detail}"
        outcomes.tell(changes, "failed", why)
        return
    outcomes.sent = True
    data = reply.value.get("data") if isinstance(reply.value, dict) else None
    _confirm(changes, data if isinstance(data, dict) else {}, outcomes)
    _look_up(api, outcomes.open(changes), outcomes)


def _confirm(changes: Iterable[_Wanted], product: _Body, outcomes: _Outcomes) -> None:
    """Settle changes by what the answer shows of their product; what it does not show stays open."""
    for change in changes:
        if change.names[1] not in product:
            continue
        kept = product[change.names[1]]
        if same(kept, change.new):
            outcomes.tell([change], "applied")
        else:
            outcomes.tell([change], "failed", f"BigCommerce took it, but keeps {kept!r}")


def _look_up(api: Api, changes: Sequence[_Wanted], outcomes: _Outcomes, error: BigCommerceError | None = None) -> None:
    """Settle changes whose answer did not tell, or did not come (error), by what the catalogue holds now."""
    if not changes:
        return
    try:
        present = _present(api, changes)
    except BigCommerceError as second:
        outcomes.tell(changes, "failed", f"it may have been written: {error or second}")
        return
    for change in changes:
        kept = present.get(change.product_id, {}).get(change.names[1])
        if same(kept, change.new):
            outcomes.tell([change], "applied")
        elif error is None:
            outcomes.tell([change], "failed", f"BigCommerce took it, but keeps {kept!r}")
        else:
            outcomes.tell([change], "failed", f"not written: {error}")


def _compare(wanted: Iterable[_Wanted], present: Mapping[int, _Body], outcomes: _Outcomes) -> None:
    """Settle what needs no writing."""
    for change in wanted:
        product = present.get(change.product_id)
        if product is None:
            outcomes.tell([change], "failed", _GONE)
            continue
        kept = product.get(change.names[1])
        if same(kept, change.new):
            outcomes.tell([change], "applied", "already so")
        elif not same(kept, change.old):
            outcomes.tell([change], "conflict", f"it is {kept!r} now, the plan was made on {change.old!r}")


def _present(api: Api, changes: Iterable[_Wanted]) -> dict[int, _Body]:
    listed = list(changes)
    return read_products(api, (change.product_id for change in listed), sorted({change.names[1] for change in listed}))


def _body(changes: Iterable[_Wanted]) -> _Body:
    return {change.names[1]: change.new for change in changes}


def _answered(value: Any) -> dict[int, _Body]:
    data = value.get("data") if isinstance(value, dict) else None
    products = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
    return {each["id"]: each for each in products if isinstance(each.get("id"), int)}


def _readable(changes: pd.DataFrame, outcomes: _Outcomes) -> list[_Wanted]:
    """The changes that can be sent; the others are settled as failed. Raises ValueError for a field named twice."""
    wanted: list[_Wanted] = []
    if changes.duplicated(["key", "field"]).any():
        raise ValueError("a change set names each field of a product once")
    for row in changes.to_dict("records"):
        try:
            wanted.append(_wanted(row))
        except ValueError as error:
            outcomes.told[row["key"], row["field"]] = ("failed", str(error))
    return wanted


def _wanted(row: Mapping[Hashable, Any]) -> _Wanted:
    key, name = str(row["key"]), str(row["field"])
    if not (key.isascii() and key.isdecimal()) or int(key) == 0:
        raise ValueError(f"{key!r} is no number of a product")
    if name not in _FITTING:
        raise ValueError(f"{name} is nothing that is written to BigCommerce; that are {', '.join(_FITTING)}")
    return _Wanted((row["key"], row["field"]), int(key), row["old"], _FITTING[name](row["new"]))


def _whole(value: Any, least: int = -_INT32) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
        raise ValueError(f"{value!r} is no whole number")
    if not least <= value < _INT32:
        raise ValueError(f"{value} is outside {least} to {_INT32 - 1}")
    return int(value)


def _natural(value: Any) -> int:
    return _whole(value, least=0)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither True nor False")  # told as a row's detail
    return value


def _related(value: Any) -> list[int]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{value!r} is no list of product numbers")  # told as a row's detail
    numbers = [_whole(each, least=-1) for each in value]
    if len(numbers) > _MOST_RELATED:
        raise ValueError(f"{len(numbers)} related products are more than {_MOST_RELATED}")
    return numbers


_FITTING: Final[Mapping[str, Callable[[Any], Any]]] = {
    "total_sold": _natural,
    "related_products": _related,
    "sort_order": _whole,
    "is_featured": _flag,
}
