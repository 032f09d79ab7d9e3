"""What a store may set, typed: outside systems, and the constants of each automation with the store's value as default.

Part of settings.py, which reads the sources. Only shapes and the rules between keys belong here; no reading. The pure
rules of ops_platform.retail take these sections as arguments, which is why nothing but pydantic is imported.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from pydantic import ConfigDict, Field, SecretStr, model_validator

from ops_platform.settings_retail_customers import (
    Contact1Settings,
    CounterpointApiSettings,
    EmailListsSettings,
    NegativeBalancesSettings,
    NewCustomersSettings,
    RefundedCustomersSettings,
    WholesaleLoyaltySettings,
)
from ops_platform.settings_retail_outside import BackupsSettings, InternetSettings, ScrapingSettings
from ops_platform.settings_retail_reports import (
    AdminReportSettings,
    ItemReportSettings,
    ReportsSettings,
    RevenueReportSettings,
)
from ops_platform.settings_retail_requests import (
    ExpiredCouponsSettings,
    LeadFollowupSettings,
    LeadsSettings,
    StockNotificationsSettings,
)
from ops_platform.settings_retail_texts import TextsSettings
from ops_platform.settings_section import Mode, Section
from ops_platform.settings_types import TimeZoneName


class CounterpointSettings(Section):
    """The point of sale's database. live: OPS_COUNTERPOINT_DATABASE_URL; sandbox: one on the embedded server."""

    mode: Mode = "sandbox"
    locations: tuple[str, ...] = Field((), description="stock is summed over these; empty: all")
    columns: dict[str, str] = Field(
        default_factory=dict, description="meaning -> column of IM_ITEM, where this store differs from the defaults"
    )
    customer_columns: dict[str, str] = Field(default_factory=dict, description="the same for columns of AR_CUST")
    walk_in_customers: tuple[str, ...] = Field(
        ("CASH",), description="customers that are nobody; no rule looks at them"
    )
    maint_user: str = Field("OPS", min_length=1, max_length=10, description="LST_MAINT_USR_ID of every write")
    batch_rows: int = Field(200, ge=1, le=1000)


class BigcommerceSettings(Section):
    """The web shop's API."""

    mode: Mode = "sandbox"
    url: str = "https://api.bigcommerce.com"
    store_hash: str = ""
    token: SecretStr | None = None

    @model_validator(mode="after")
    def _live_has_its_keys(self) -> Self:
        if self.mode == "live" and not (self.store_hash and self.token):
            raise ValueError("mode is live: set store_hash, and OPS_RETAIL__BIGCOMMERCE__TOKEN in .env")
        return self


class WebdavSettings(Section):
    """The web shop's file server."""

    mode: Mode = "sandbox"
    url: str = ""
    user: str = ""
    password: SecretStr | None = None
    folder: str = "/content"

    @model_validator(mode="after")
    def _live_has_its_keys(self) -> Self:
        if self.mode == "live" and not (self.url and self.user and self.password):
            raise ValueError("mode is live: set url and user, and OPS_RETAIL__WEBDAV__PASSWORD in .env")
        return self


class InventoryUploadSettings(Section):
    """Availability lists for the web shop (item 4)."""

    min_available: int = Field(0, description="0 as the owner wrote; 1 leaves out what is sold out")
    use_buffer: bool = False
    header: bool = False
    json_twin: bool = False
    wholesale_categories: tuple[str, ...] = (
        "TREES", "ANNUAL", "DECIDUOUS", "EDIBLES", "EVERGREEN", "FLOWERING", "GRASSES", "GROUND", "PERENNIAL",
        "SUPPLIES",
    )  # fmt: skip
    min_share_of_last: float = Field(0.5, ge=0, le=1, description="a list with fewer rows than this share is held")


class PhotosSettings(Section):
    """Product photos (item 5)."""

    folder: Path = Path("retail/images")
    larger_than_bytes: int = Field(1_800_000, ge=1)
    fit_px: int = Field(1280, ge=16, le=10_000)
    quality: int = Field(90, ge=60, le=100)
    lowest_quality: int = Field(60, ge=10, le=100)
    max_pixels: int = Field(100_000_000, ge=1, description="a picture with more is left alone: it could fill memory")
    settle_seconds: int = Field(60, ge=0, description="a younger file may still be copied in")


class InactiveProductsSettings(Section):
    """Items that are sold out become inactive (item 6)."""

    exclude_categories: tuple[str, ...] = ("SERVICES",)
    exclude_description: tuple[str, ...] = Field((), description="texts in LONG_DESCR, as in a vendor's own rack")
    exclude_non_inventory: bool = True
    exclude_on_open_documents: bool = False
    protect_always_online: bool = False
    reactivate: bool = Field(False, description="what it made inactive becomes active when there is stock again")
    max_share: float = Field(0.2, ge=0, le=1, description="a plan over this share of active items waits for approval")


class BrandsSettings(Section):
    """Brands out of descriptions (item 7)."""

    keywords: dict[str, str] = Field(default_factory=dict, description="words in LONG_DESCR -> brand")
    vendors: dict[str, str] = Field(default_factory=dict, description="vendor's number -> brand, where no word fits")
    company_brand: str = Field("", max_length=10, description="for all other items without a brand; empty: leave")
    overwrite: bool = False
    max_changes: int = Field(500, ge=1)


class BufferTier(Section):
    """Above this price (strictly) items keep this many back."""

    above: Decimal = Field(ge=0)
    buffer: int = Field(ge=0)


_OF_THE_STORE: dict[str, tuple[BufferTier, ...]] = {
    "POTTERY": (
        BufferTier(above=Decimal(100), buffer=0),
        BufferTier(above=Decimal(50), buffer=1),
        BufferTier(above=Decimal(0), buffer=3),
    )
}


class StockBufferSettings(Section):
    """How many of an item are kept back from the web shop (item 8)."""

    precedence: tuple[Literal["vendor", "category", "default"], ...] = ("vendor", "category", "default")
    vendor_field: Literal["brand", "vendor"] = "brand"
    vendors: dict[str, int] = Field(default_factory=dict)
    categories: dict[str, tuple[BufferTier, ...]] = Field(default_factory=lambda: dict(_OF_THE_STORE))
    default: int = Field(5, ge=0)
    max_share: float = Field(0.5, ge=0, le=1)

    @model_validator(mode="after")
    def _tiers_are_in_order(self) -> Self:
        for category, tiers in self.categories.items():
            prices = [tier.above for tier in tiers]
            if not prices or prices[-1] != 0 or prices != sorted(set(prices), reverse=True):
                raise ValueError(f"categories.{category}: write tiers from the dearest down, the last with above: 0")
        if any(buffer < 0 for buffer in self.vendors.values()):
            raise ValueError("vendors: a buffer is 0 or more")
        return self


class TotalSoldSettings(Section):
    """How often a product was sold (item 10)."""

    stores: tuple[str, ...] = Field((), description="empty: all")
    since: date | None = None
    max_share: float = Field(0.5, ge=0, le=1)


class RelatedItemsSettings(Section):
    """What is shown beside a product (item 11)."""

    # An item number such as 10093 is a number to YAML unless somebody thinks of the quotes.
    model_config = ConfigDict(coerce_numbers_to_str=True)

    recommended: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="category -> item numbers")
    offset_years: int = Field(1, ge=0, le=5)
    days: int = Field(45, ge=1, le=366)
    fallback_days: int = Field(14, ge=1, le=366, description="without sales in that window: the last so many days")
    top_n: int = Field(8, ge=0, le=50)
    at_most: int = Field(10, ge=1, le=50)
    mode: Literal["quantity", "revenue"] = "quantity"
    clear_empty: bool = False
    max_share: float = Field(1.0, ge=0, le=1)


class AlwaysOnlineSettings(Section):
    """The best sellers that stay online (item 12)."""

    top_n: int = Field(200, ge=1)
    only_inventory: bool = Field(True, description="services, gift cards and deposits take no place")
    unset_dropouts: bool = False
    mark_parent: bool = False
    max_share: float = Field(0.5, ge=0, le=1, description="taking more than this share of the marks away waits")


class SortOrderSettings(Section):
    """The order of products in the web shop (item 13)."""

    target: Literal["bigcommerce", "counterpoint", "both"] = "bigcommerce"
    days: int = Field(45, ge=1, le=366)
    new_within_days: int = Field(14, ge=0)
    new_min_price: Decimal = Decimal("14.95")
    new_places_below_top: int = Field(8, ge=0)
    only_web_items_rank: bool = True
    max_share: float = Field(1.0, ge=0, le=1)
    max_sold_out_share: float = Field(
        0.5, ge=0, le=1, description="a plan by which more of the products sell out at once waits for approval"
    )


class FeaturedProductsSettings(Section):
    """The products on the web shop's first page (item 14)."""

    model_config = ConfigDict(coerce_numbers_to_str=True)  # as in related items

    target: Literal["bigcommerce", "counterpoint", "both"] = "bigcommerce"
    top_n: int = Field(15, ge=1, le=25)
    days: int = Field(45, ge=1, le=366)
    fill: bool = False
    remove_dropouts: bool = True
    pinned: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


class RetailSettings(Section):
    """The retail business. Relative folders lie in `home`."""

    timezone: TimeZoneName = "America/New_York"
    apply: tuple[str, ...] = Field(
        (), description="automations that may change a live system; the others only plan. In the sandbox all may"
    )
    counterpoint: CounterpointSettings = CounterpointSettings()
    counterpoint_api: CounterpointApiSettings = CounterpointApiSettings()
    bigcommerce: BigcommerceSettings = BigcommerceSettings()
    webdav: WebdavSettings = WebdavSettings()
    leads: LeadsSettings = LeadsSettings()
    new_customers: NewCustomersSettings = NewCustomersSettings()
    contact_1: Contact1Settings = Contact1Settings()
    internet: InternetSettings = InternetSettings()
    inventory_upload: InventoryUploadSettings = InventoryUploadSettings()
    photos: PhotosSettings = PhotosSettings()
    inactive_products: InactiveProductsSettings = InactiveProductsSettings()
    brands: BrandsSettings = BrandsSettings()
    stock_buffer: StockBufferSettings = StockBufferSettings()
    email_lists: EmailListsSettings = EmailListsSettings()
    total_sold: TotalSoldSettings = TotalSoldSettings()
    related_items: RelatedItemsSettings = RelatedItemsSettings()
    always_online: AlwaysOnlineSettings = AlwaysOnlineSettings()
    sort_order: SortOrderSettings = SortOrderSettings()
    featured_products: FeaturedProductsSettings = FeaturedProductsSettings()
    texts: TextsSettings = TextsSettings()
    reports: ReportsSettings = ReportsSettings()
    admin_report: AdminReportSettings = AdminReportSettings()
    item_report: ItemReportSettings = ItemReportSettings()
    revenue_report: RevenueReportSettings = RevenueReportSettings()
    lead_followup: LeadFollowupSettings = LeadFollowupSettings()
    stock_notifications: StockNotificationsSettings = StockNotificationsSettings()
    expired_coupons: ExpiredCouponsSettings = ExpiredCouponsSettings()
    scraping: ScrapingSettings = ScrapingSettings()
    backups: BackupsSettings = BackupsSettings()
    refunded_customers: RefundedCustomersSettings = RefundedCustomersSettings()
    wholesale_loyalty: WholesaleLoyaltySettings = WholesaleLoyaltySettings()
    negative_balances: NegativeBalancesSettings = NegativeBalancesSettings()
