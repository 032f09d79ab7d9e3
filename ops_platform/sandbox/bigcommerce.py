"""BigCommerce's stand-in as a service under /bigcommerce: one store's catalogue V3, coupons V2 and promotions V3.

Only the putting together belongs here. `BigcommerceSandbox` is the state; products whose ids stand in its `refused`
refuse every change.
"""

from __future__ import annotations

from ops_platform.adapters.sandbox_address import BIGCOMMERCE_PATH
from ops_platform.sandbox.bigcommerce_coupons import Coupons
from ops_platform.sandbox.bigcommerce_door import Door
from ops_platform.sandbox.bigcommerce_products import FAULTS, Products
from ops_platform.sandbox.bigcommerce_promotions import Promotions
from ops_platform.sandbox.bigcommerce_state import BigcommerceSandbox
from ops_platform.sandbox.bigcommerce_variants import Variants
from ops_platform.sandbox.service import Service

__all__ = ["BigcommerceSandbox", "bigcommerce_service"]


def bigcommerce_service(state: BigcommerceSandbox) -> Service:
    """The service. Faults every service has do the rest: `status` 429 without headers, `html`, `timeout_after`."""
    door = Door(state)
    parts = (Variants(state), Products(state), Coupons(state), Promotions(state))
    return Service(
        name=BIGCOMMERCE_PATH,
        title="BigCommerce: the web shop's API",
        routes=[route for part in parts for route in part.routes(door)],
        summary=state.summary,
        faults=FAULTS,
        settings={
            "OPS_RETAIL__BIGCOMMERCE__MODE": "live",
            "OPS_RETAIL__BIGCOMMERCE__URL": "{url}",
            "OPS_RETAIL__BIGCOMMERCE__STORE_HASH": state.store,
            "OPS_RETAIL__BIGCOMMERCE__TOKEN": state.token,
        },
    )
