"""What figures mean: rows of a query in, passed or not and a sentence out. Pure: no database, no clock.

Each sentence says what was counted and, when it is not well, what a person can do. Limits are the arguments.
This file judges imports and inventory; verdicts_files.py judges the files that are handed out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ops_platform.defs.metadata import listing
from ops_platform.defs.verdict import MAX_NAMES, Row, Verdict


def conservation(imports: Sequence[Row]) -> Verdict:
    """Every row read is loaded, rejected or duplicate, counted again where it went."""
    broken = [row for row in imports if not _conserved(row)]
    figures = {
        name: sum(row[column] for row in imports)
        for name, column in {"read": "rows_total", "rejected": "reject_rows", "duplicate": "duplicates"}.items()
    }
    figures["loaded"] = sum(row["raw_rows"] - row["duplicates"] for row in imports)
    if broken:
        names = ", ".join(row["file_name"] for row in broken)
        return Verdict(
            False,
            f"Rows were lost or invented in {names}: the tables do not hold what the import counted. Nothing is "
            "exported from it. Restore the rows, or delete the import from vehicle_imports and load the file again.",
            broken,
            figures,
            is_error=True,
        )
    if not imports:
        return Verdict(True, "No file was imported yet.")
    return Verdict(
        True,
        f"{figures['read']:,} rows read in {_files(len(imports))} = {figures['loaded']:,} loaded + "
        f"{figures['rejected']:,} rejected + {figures['duplicate']:,} duplicate.",
        imports,
        figures,
    )


def _conserved(row: Row) -> bool:
    return bool(
        row["rows_total"] == row["raw_rows"] + row["reject_rows"]
        and row["rows_rejected"] == row["reject_rows"]
        and row["rows_duplicate"] == row["duplicates"]
        and row["rows_loaded"] == row["raw_rows"] - row["duplicates"] == row["cars"]
    )


def history_gaps(gaps: Sequence[Row]) -> Verdict:
    """Each car of a file has its sighting of the day."""
    missing = sum(row["cars"] - row["recorded"] for row in gaps)
    if not gaps:
        return Verdict(True, "Every car of the files has its sighting of that day.", figures={"missing": 0})
    return Verdict(
        False,
        f"{missing:,} sightings are missing at {_named(gaps)}: days on the lot and price changes would be wrong. "
        "Delete the import from vehicle_imports and load the file again.",
        gaps,
        {"missing": missing},
        is_error=True,
    )


def rejects(shares: Sequence[Row], *, limit: float) -> Verdict:
    """The share of rejected rows per file, clients only. limit: share, 0..1."""
    high = [row["file_name"] for row in shares if row["rows"] and row["rejected"] / row["rows"] > limit]
    total, rejected = sum(row["rows"] for row in shares), sum(row["rejected"] for row in shares)
    share = rejected / max(total, 1)
    counted = f"{rejected:,} of {total:,} rows were rejected ({share:.1%}, {limit:.0%} allowed)"
    figures = {"rejected": rejected, "rejected percent": round(100 * share, 2)}
    if not high:
        return Verdict(True, counted + ".", shares, figures)
    return Verdict(
        False,
        f"{counted}, too many in {', '.join(high)}: a scraper or a site changed its form. The rejects in the metadata "
        "of raw_vehicle_data (`ops vehicles rejects`) say why, row by row.",
        shares,
        figures,
    )


def unknown(locations: Sequence[Row]) -> Verdict:
    """Locations no dealership has."""
    cars = sum(row["cars"] for row in locations)
    figures = {"locations": len(locations), "cars": cars}
    if not locations:
        return Verdict(True, "Every location of the files is a dealership or known as no client.", figures=figures)
    names = ", ".join(row["location"] for row in locations)
    return Verdict(
        False,
        f"{cars:,} cars are set aside, because nobody knows their location: {names}. If one is a client, say so with "
        "`ops vehicles alias add LOCATION DEALERSHIP`; the next scrape then brings its cars.",
        locations,
        figures,
    )


def duplicates(shared: Sequence[Row], cars: int, *, limit: float) -> Verdict:
    """VINs that stand at more than one dealership. limit: share of the cars on hand, 0..1."""
    share = len(shared) / max(cars, 1)
    counted = f"{len(shared):,} of {cars:,} cars stand at more than one dealership ({share:.2%}, {limit:.0%} allowed)"
    figures = {"duplicate cars": len(shared)}
    if share <= limit:
        return Verdict(True, f"{counted}: group sites list each other's cars.", shared, figures)
    return Verdict(
        False,
        f"{counted}. More than group sites explain: two scrapers may read the same site, or a location points to the "
        "wrong dealership.",
        shared,
        figures,
    )


def prices(dealerships: Sequence[Row], *, lost: float, moved: float, few: int = 10) -> Verdict:
    """Prices of a dealership beside its scan before: how many are there, and where their middle lies.

    lost: a share of priced cars that fell by more than this; moved: a median that moved by more than this share.
    Dealerships with fewer than `few` cars are not judged: one truck moves their median.
    """
    odd = [{**row, "reason": reason} for row in dealerships if (reason := _odd_prices(row, lost, moved, few))]
    priced, cars = sum(row["priced"] for row in dealerships), sum(row["cars"] for row in dealerships)
    counted = f"{priced:,} of {cars:,} cars have a price ({priced / max(cars, 1):.0%})"
    figures = {"priced percent": round(100 * priced / max(cars, 1), 2), "odd dealerships": len(odd)}
    if not odd:
        return Verdict(True, f"{counted}; no dealership's prices moved oddly.", dealerships, figures)
    return Verdict(
        False,
        f"{counted}, but look at {_named(odd)}: compare a few cars with the site before the exports are printed.",
        odd,
        figures,
    )


def _odd_prices(row: Row, lost: float, moved: float, few: int) -> str | None:
    if min(row["cars"], row["cars_before"] or 0) < few:
        return None
    share, before = row["priced"] / row["cars"], row["priced_before"] / row["cars_before"]
    if before - share > lost:
        return f"{share:.0%} of the cars have a price, {before:.0%} had one"
    if row["median"] and row["median_before"] and abs(row["median"] / row["median_before"] - 1) > moved:
        return f"the median price went from ${row['median_before']:,.0f} to ${row['median']:,.0f}"
    return None


def held_feeds(held: Sequence[Row]) -> Verdict:
    """Dealerships whose newest scan was held back."""
    figures = {"held": len(held)}
    if not held:
        return Verdict(True, "No dealership's newest scan is held back.", figures=figures)
    listed = ", ".join(f"{row['dealership']} ({row['previous_cars']:,} -> {row['cars']:,} cars)" for row in held)
    return Verdict(
        False,
        f"Far fewer cars than before at {listed}. None of theirs was marked gone. If the smaller number is right: "
        "`ops vehicles accept DEALERSHIP`.",
        held,
        figures,
    )


def stale(locations: Sequence[Row], *, days: int) -> Verdict:
    """Active dealerships that no file showed for days while others were scanned."""
    figures = {"stale": len(locations)}
    if not locations:
        return Verdict(
            True, f"Every active dealership was scanned within {days} days of the newest scan.", figures=figures
        )
    return Verdict(
        False,
        f"Not scanned for more than {days} days while others were: {_named(locations)}. Their exports repeat old "
        "cars, then run empty: repair their scraper, or set is_active to false.",
        locations,
        figures,
    )


def vin_warnings(warnings: Sequence[Row], cars: int, *, limit: float) -> Verdict:
    """Odd VINs. limit: share of the cars on hand with one kind of warning, 0..1."""
    high = [row for row in warnings if row["cars"] / max(cars, 1) > limit]
    listed = ", ".join(f"{row['warning']} {row['cars']:,}" for row in warnings) or "none"
    counted = f"Odd VINs among {cars:,} cars: {listed} ({limit:.0%} of each kind allowed)"
    figures = {str(row["warning"]): row["cars"] for row in warnings}
    if not high:
        return Verdict(True, f"{counted}. They are exported all the same.", warnings, figures)
    return Verdict(False, f"{counted}. So many point to a column that slipped.", warnings, figures)


def import_speed(imports: Sequence[Row], *, limit: float) -> Verdict:
    """Each file within limit seconds."""
    slow = [row for row in imports if row["seconds"] > limit]
    rows, seconds = sum(row["rows_total"] for row in imports), sum(row["seconds"] for row in imports)
    speed = round(rows / max(seconds, 0.001))
    counted = f"{rows:,} rows in {seconds:.1f} s ({speed:,} rows a second)"
    figures = {"seconds": round(seconds, 2), "rows a second": speed}
    if not slow:
        return Verdict(True, f"{counted}; {limit:.0f} s a file allowed.", imports, figures)
    names = ", ".join(f"{row['file_name']} ({row['seconds']:.0f} s)" for row in slow)
    return Verdict(
        False, f"{counted}; over {limit:.0f} s: {names}. Look at the database's load and disk.", imports, figures
    )


def recent(newest: date | None, today: date, *, days: int) -> Verdict:
    """The newest scan of all is at most `days` days old. newest: None when nothing was ever imported."""
    if newest is None:
        return Verdict(False, "No scrape was ever loaded: put the scraper's CSV files into the imports folder.")
    age = (today - newest).days
    counted = f"The newest scrape is of {newest} ({age} days old, {days} allowed)"
    if age <= days:
        return Verdict(True, f"{counted}.", figures={"days": age})
    return Verdict(
        False, f"{counted}: look whether the scraper runs and reaches the imports folder.", figures={"days": age}
    )


def _named(rows: Sequence[Row]) -> str:
    return listing([row["dealership"] for row in rows], MAX_NAMES)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"
