"""What the notes of a plan mean and what a person does about them; the codes are stable, reports group by them.

What belongs here: the table of codes and the shape of notes. What does not: finding what is noted (bindings.py, the
automations).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ops_platform.retail.automation import NOTE_COLUMNS, no_notes

if TYPE_CHECKING:
    import pandas as pd

CODES: Final[dict[str, str]] = {
    # Items and products that do not find each other.
    "unmatched_item": "A web item (or the binding of several) is no product of the web shop; it was left out. Publish "
    "it, or take its web flag away.",
    "product_gone": "The product an item is mapped to is no longer in the web shop; the item was left out. Publish it "
    "again, or take its web flag away.",
    "product_without_item": "No item is this product of the web shop; it was left as it is. Give it the item's number "
    "as its SKU, or delete it.",
    "mapped_twice": "An item is mapped to several products; the lowest product id in the web shop was taken. Remove "
    "the other rows of the connector's table.",
    "shared_product": "Several items or bindings are one product of the web shop; they were counted together. Right "
    "for an item that got a new number, else correct the mapping.",
    "no_parent": "A bound product has no parent row in the point of sale, so nothing was written for it there. Mark "
    "one of its items as the parent.",
    "several_parents": "A bound product has several parent rows; the first by item number was taken. Leave one marked.",
    "unknown_item": "An item was sold that the point of sale no longer has; its sales were left out. Nothing to do.",
    # Items.
    "no_price": "An item has no price, so no rule could be applied to it; it was left out. Give it one.",
    "no_stock_row": "An item has no row of stock in any location that counts: unknown is not sold out. Right for "
    "what is not counted, else set its stock.",
    "no_buffer_rule": "No rule of stock_buffer.precedence fits an item; it was left as it is. Add `default` there.",
    "inactive_on_order": "An item became inactive though more of it is on order. Right until it comes; set "
    "inactive_products.reactivate, or make it active when it is received.",
    "inactive_with_stock": "An inactive item is in stock. Make it active again, if it is to be sold.",
    "two_brands": "A description names two brands; the longer word counts. Correct brands.keywords if it is wrong.",
    "brand_too_long": "A brand of the settings is longer than the point of sale takes; shorten it.",
    # Related items.
    "unknown_category": "Items are recommended for a category no item has; correct related_items.recommended.",
    "unknown_recommended_item": "A recommended item does not exist; correct related_items.recommended.",
    "recommended_not_shown": "A recommended item is not shown in the web shop now; it was left out. Recommend another.",
    "recommended_twice": "An item, or its bound product, is recommended twice for a category; it is shown once.",
    "fallback_window": "Of a category nothing was sold in the same days of the earlier year; the last days were taken.",
    # Photos.
    "photo_conflict": "Two files would become the same .jpg, or it is there already; both were left. Delete one.",
    "photo_settling": "A file was written moments ago and may still be copied in; the next run takes it.",
    "photo_still_large": "A photo stays above the limit at the lowest quality; it was left so. Take a simpler picture.",
    "photo_refused": "A file is no picture that can be read; it is left, and tried again when it has another size. "
    "Copy it in again.",
    # Rankings.
    "no_sales_in_window": "Nothing was sold in the days that count. Right for a new store, else see whether the "
    "ticket history is complete.",
    # Featured products.
    "no_stock_at_all": "Nothing at all is in stock above its buffer, so no product lost its place. See whether stock "
    "is read.",
    "unknown_setting_item": "An item of featured_products.pinned or blocked does not exist; correct the setting.",
    "setting_item_not_shown": "A pinned or blocked item is nothing that customers can see; publish it, or correct the "
    "setting.",
    "pinned_and_blocked": "An item is pinned and blocked; blocked counts. Remove one of the two.",
    "out_of_stock": "A best seller has no stock above its buffer, so it is not featured. Order it?",
    "no_room": "The web shop features 25 products at most, and staff chose so many; un-feature some to make room.",
    # Reports.
    "report_section_failed": "A section of a report could not be computed; the others went out. Mend it, then "
    "`ops retail apply NAME --force` sends the report once more.",
    "report_known": "The report of this period was made before and stays as it was. `ops retail apply NAME --force` "
    "makes and sends it once more.",
    "no_recipients": "A report has nobody to go to; only its files were made. Name people in its recipients.",
    "nothing_to_report": "Nothing was paid on a closed day; there is no report of it. Nothing to do.",
    "unknown_pay_code": "Something was paid with a pay code that no group names; it is counted under Other. Add it to "
    "a group of revenue_report.pay_codes.",
    "payments_differ": "What was paid is not what the tickets came to. Look at that day's tickets and payments.",
    # Leads, requests, coupons.
    "torn_row": "A row of a shared file opens a quotation mark and never closes it; it was left out. Close it.",
    "wrong_width": "A row of a shared file has another number of cells than its header; it was left out. Quote texts "
    "that hold commas.",
    "bad_date": "The date of a row of a shared file cannot be read; the row was left out. Write it as 2026-05-14 "
    "08:30:00.",
    "bad_email": "The address of a request cannot be one; the request was left out. Correct it, or remove the line.",
    "no_item": "A request names no item; it was left out. Add the number, or remove the line.",
    "leads_without_reader": "Leads came, and nobody is named who reads them. Set lead_followup.recipients.",
    "unknown_requested_item": "Somebody waits for an item the point of sale does not know. After "
    "stock_notifications.reject_after_days it leaves the list. See what the form sends as item.",
    "requested_item_not_shown": "An item somebody waits for is in stock, but customers cannot see it in the web "
    "shop; they wait. Publish it, or set stock_notifications.shop_url.",
    "coupon_had_before": "Somebody asked again for an item shortly after a coupon for it; the mail goes without one. "
    "stock_notifications.coupon_every_days says how long.",
    "notification_failed": "A mail to somebody who waits cannot be delivered. `ops effects list` says why; after "
    "stock_notifications.reject_after_days the request leaves the list.",
    "web_shop_not_real": "The point of sale is live and the web shop the sandbox, which makes coupons nobody can use; "
    "everybody waits. Set retail.bigcommerce.mode to live.",
    "coupon_end_unreadable": "The end of a coupon cannot be read, so it is kept. Correct it in the web shop.",
    "coupon_end_without_zone": "The end of a coupon does not say in which time zone; it was taken as UTC. Nothing to "
    "do.",
    # Texts.
    "invalid_phone": "A customer's phone is no number that can be texted. Correct it at the point of sale.",
    "landline_place_taken": "A customer's phone is a landline, and the column for landlines holds another number; "
    "both were left. Move one by hand.",
    # Leads that become customers.
    "lead_without_contact": "A lead has no address and no phone that can be one, so it makes no customer: nobody "
    "could tell who it is. Read its line in the file of leads.",
    "lead_without_name": "A lead has no first or no last name; Counterpoint wants both. Make the customer by hand.",
    "lead_bad_email": "The address of a lead cannot be one; the customer is made without it. Ask for it by phone.",
    "lead_bad_phone": "The phone of a lead is no number of ten digits; the customer is made without it. Ask by mail.",
    "lead_shortened": "A text of a lead is longer than the point of sale takes; it was cut. Correct it at the till.",
    "api_of_another_store": "Customers are read in one store and would be made in another; none was made. Set "
    "retail.counterpoint.mode and retail.counterpoint_api.mode to the same.",
    # Customers.
    "customer_bad_email": "The address of a customer cannot be one; the customer is on no list. Correct it there.",
    "customer_shared_email": "Several customers have one address; who bought last is on the list. Are they the same?",
    "refunded_customer_gone": "Who brought something back is no customer now, as after merging two. Nothing to do.",
    # The internet.
    "host_silent": "A host that the internet check asks is silent. One alone says nothing; take it out of "
    "internet.hosts if it stays so.",
    "disconnected": "No host of the internet check answers: mails, texts and the web shop wait. See to the connection.",
    "command_too_soon": "The command of the internet check ran not long ago and did not help; it waits for "
    "internet.gap_hours. See to the connection.",
    "command_waits": "The command of the internet check waits for what is at work, for two more checks at most. "
    "internet.at_work: run lets it run at once.",
    # Competitors' lists.
    "list_held": "A competitor's list has too few rows to be believed; the one before stays the latest. Look at the "
    "site. If the list is right: `ops retail accept-scrape SITE`.",
    "skipped_row": "A row of a competitor's table is no plant, as the name of a group; it was left out. Nothing to do.",
    "dropped_row": "A row that the site's drop_rows leaves out looks like a plant. Lower it, or see drop_rows_on.",
    "unread_number": "A price or quantity of a competitor's list is no number; it is kept as text. Nothing to do.",
    "scraped_twice": "Two rows of a competitor's list are called the same; both are kept. Add what tells them apart to "
    "the site's key.",
    "http_instead_of_browser": "Chromium is not installed, so the invented competitor was read without it. Install "
    "chromium and chromium-driver for sites that need scripts.",
    # Backups.
    "backup_source_missing": "What is to be copied cannot be read. Is its disk mounted? Else correct backups.targets.",
    "backup_unreadable": "A copy's manifest cannot be believed, so it is neither counted nor removed. Look at it, and "
    "remove it by hand.",
    "backup_from_the_future": "A copy is dated after today: it was made while the clock was wrong. It is kept; remove "
    "it by hand when it is not needed.",
    "nothing_off_site": "Backups lie on the platform's own disk, and are lost with it. Set backups.dst to a folder "
    "elsewhere.",
}
"""Every code with what it means and what to do."""


def notes_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Notes (automation.note) as Plan.notes: each once, by code and key, whatever order they were found in."""
    import pandas as pd  # noqa: PLC0415

    unique = {(row["code"], str(row["key"]), row["detail"]) for row in rows}
    return pd.DataFrame(sorted(unique), columns=NOTE_COLUMNS, dtype=object) if unique else no_notes()
