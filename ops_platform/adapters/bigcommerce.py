"""The web shop's API as the platform uses it: the catalogue, products, coupons, promotions; live or in the sandbox.

Only the choice of the store and the list of what can be asked belong here; how is in bigcommerce_*.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final, Self

import pandas as pd
from pydantic import SecretStr

from ops_platform.adapters.bigcommerce_api import Api, BigCommerceError, BigCommerceRefusedError
from ops_platform.adapters.bigcommerce_catalogue import count_products, read_catalogue, read_pages
from ops_platform.adapters.bigcommerce_coupons import (
    MadeCoupon,
    NewCoupon,
    create_coupon,
    delete_coupons,
    find_coupon,
    read_coupons,
)
from ops_platform.adapters.bigcommerce_products import update_products
from ops_platform.adapters.bigcommerce_promotions import (
    NewPromotion,
    add_codes,
    create_promotion,
    delete_codes,
    delete_promotions,
    find_promotion,
    has_code,
    read_codes,
    read_promotions,
)
from ops_platform.adapters.sandbox_address import BIGCOMMERCE_PATH, BIGCOMMERCE_STORE, SANDBOX_KEY, sandbox_of
from ops_platform.settings import Settings
from ops_platform.settings_retail import BigcommerceSettings

__all__ = [
    "BigCommerce", "BigCommerceError", "BigCommerceRefusedError", "MadeCoupon", "NewCoupon", "NewPromotion",
    "bigcommerce",
]  # fmt: skip

_RESTART: Final = "the sandbox of this home (sandbox.json); end it and start it again (`ops demo` or `ops sandbox`)"


class BigCommerce:
    """One store. A context manager: the connections are closed at its end. One thread at a time.

    url: of the API, without the store; store_hash: else that of the settings. options: timeout_seconds, retry,
    most_waiting, sleep, clock (bigcommerce_api.Api). Every method raises BigCommerceError, with a text that says what
    to do; the constructor too, for a URL or a token that cannot be one. Nothing is asked before a method is called.
    """

    def __init__(
        self,
        settings: BigcommerceSettings,
        *,
        url: str | None = None,
        token: SecretStr | None = None,
        store_hash: str | None = None,
        **options: Any,
    ) -> None:
        root = f"{(url or settings.url).rstrip('/')}/stores/{store_hash or settings.store_hash}"
        self._api = Api(root, token or settings.token or SecretStr(""), **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    @property
    def calls(self) -> int:
        """The requests sent so far, repeated ones counted again."""
        return self._api.calls

    def catalogue(self) -> pd.DataFrame:
        """Every product, with the columns of snapshots.CATALOGUE; whole, or an error."""
        return read_catalogue(self._api)

    def pages(self) -> pd.DataFrame:
        """The page and description of every product, with the columns of snapshots.PRODUCT_PAGES."""
        return read_pages(self._api)

    def update_products(self, changes: pd.DataFrame, *, check: bool = True) -> pd.DataFrame:
        """Write a change set; a row a change in its order: key, field, status (applied, conflict, failed), detail.

        check: write only where the old value still stands (one more request for 200 products).
        """
        return update_products(self._api, changes, check=check)

    def coupons(self) -> pd.DataFrame:
        """Every coupon of V2, with bigcommerce_coupons.COUPON_COLUMNS."""
        return read_coupons(self._api)

    def create_coupon(self, coupon: NewCoupon, *, tries: int = 3) -> MadeCoupon:
        """Make a coupon once, however often it is asked for; recognised by its code. tries: requests to make it."""
        return create_coupon(self._api, coupon, tries=tries)

    def find_coupon(self, coupon: NewCoupon) -> int | None:
        """The id of a coupon that was made; None when there is none."""
        return find_coupon(self._api, coupon)

    def delete_coupons(self, coupon_ids: Iterable[int]) -> pd.DataFrame:
        """Delete coupons; a row each: id, status (deleted, failed), detail."""
        return delete_coupons(self._api, coupon_ids)

    def promotions(self) -> pd.DataFrame:
        """Every promotion that is used by codes, with bigcommerce_promotions.PROMOTION_COLUMNS."""
        return read_promotions(self._api)

    def create_promotion(self, promotion: NewPromotion, *, tries: int = 3) -> int:
        """Make a promotion once; recognised by its name. Return its id."""
        return create_promotion(self._api, promotion, tries=tries)

    def find_promotion(self, name: str) -> int | None:
        """The id of the promotion with exactly this name; None when there is none."""
        return find_promotion(self._api, name)

    def add_codes(
        self,
        promotion_id: int,
        codes: Iterable[str],
        *,
        max_uses: int = 1,
        max_uses_per_customer: int = 1,
        tries: int = 3,
    ) -> pd.DataFrame:
        """Put codes into a promotion; a row each: code, status (made, there, failed), detail."""
        limits = {"max_uses": max_uses, "max_uses_per_customer": max_uses_per_customer}
        return add_codes(self._api, promotion_id, codes, **limits, tries=tries)

    def has_code(self, promotion_id: int, code: str) -> bool:
        """Whether a promotion has a code."""
        return has_code(self._api, promotion_id, code)

    def codes(self, promotion_id: int) -> pd.DataFrame:
        """Every code of a promotion, with bigcommerce_promotions.CODE_COLUMNS."""
        return read_codes(self._api, promotion_id)

    def delete_codes(self, promotion_id: int, code_ids: Iterable[int]) -> pd.DataFrame:
        """Delete codes; a row each: id, status (deleted, failed), detail."""
        return delete_codes(self._api, promotion_id, code_ids)

    def delete_promotions(self, promotion_ids: Iterable[int]) -> pd.DataFrame:
        """Delete promotions, whose codes must be gone; a row each: id, status (deleted, failed), detail."""
        return delete_promotions(self._api, promotion_ids)

    def probe(self) -> int:
        """Look whether the token opens products and coupons; return how many products there are."""
        self._api.ask("GET", "v2/coupons", params={"limit": 1})
        return count_products(self._api)


def bigcommerce(settings: Settings, *, sandbox_url: str | None = None, **options: Any) -> BigCommerce:
    """The store that `retail.bigcommerce.mode` names. sandbox_url: a sandbox; else the one that runs in this home.

    Nothing is asked yet. Raises BigCommerceError when no sandbox runs.
    """
    shop = settings.retail.bigcommerce
    if shop.mode == "live":
        return BigCommerce(shop, **options)
    running = None if sandbox_url else sandbox_of(settings.home)
    url = sandbox_url or (running.url if running else None)
    if url is None:
        raise BigCommerceError(
            "retail.bigcommerce.mode is sandbox, and no sandbox is running: `ops demo` or `ops sandbox` starts it. "
            "Your own store is written to when mode is live (ops.yaml)"
        )
    return BigCommerce(
        shop,
        url=f"{url.rstrip('/')}/{BIGCOMMERCE_PATH}",
        token=SecretStr(SANDBOX_KEY),
        store_hash=BIGCOMMERCE_STORE,
        url_setting=_RESTART,
        **options,
    )
