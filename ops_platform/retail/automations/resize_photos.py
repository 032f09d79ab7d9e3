"""Item 5: product photos as the web shop wants them: .jpg, upright, not too large. Which files; photo.py does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any, Final

from ops_platform.retail.automation import Automation, Inputs, Need, Own, PhotoFolder, Plan, note
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.rows import lookup, sorted_changes
from ops_platform.settings_retail import PhotosSettings, RetailSettings

NAME: Final = "photos"
FIELD: Final = "file"
REFUSED: Final = "refused"
KINDS: Final = (".jpg", ".jpeg", ".png")


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """The folder, and what this automation wrote or refused before, so that such a photo is left in peace."""
    return {"photos": PhotoFolder(), "own": Own(NAME, FIELD), "refused": Own(NAME, REFUSED)}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """A row a file that is to be made smaller, renamed or converted: key the file, new the name it will have.

    A small .jpg is never touched: encoding it again would only lose quality. Where two files would become one .jpg,
    both stay and are noted.
    """
    rules = settings.photos
    sizes = lookup(inputs["photos"], "bytes")
    ages = lookup(inputs["photos"], "age_seconds")
    written = lookup(inputs["own"], "value")
    refused = lookup(inputs["refused"], "value")
    pictures = [name for name in sorted(sizes) if PurePath(name).suffix.lower() in KINDS]
    # Folders of Windows know no case: A.JPG and a.png would become one file there.
    claims = Counter(_jpg(name).casefold() for name in pictures)
    rows: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for name in pictures:
        new, why = _jpg(name), _why(name, sizes[name], rules)
        if why is None:
            continue
        if claims[new.casefold()] > 1 and new != name:
            notes.append(note("photo_conflict", name, f"{new} is there already, or would be made twice"))
        elif ages[name] < rules.settle_seconds:
            notes.append(note("photo_settling", name, f"written {ages[name]:.0f} seconds ago"))
        elif refused.get(name) == sizes[name]:
            notes.append(note("photo_refused", name, f"{sizes[name]:,} bytes, as when it was tried"))
        elif written.get(name) == sizes[name]:
            notes.append(note("photo_still_large", name, f"{sizes[name]:,} bytes"))
        else:
            rows.append(
                {"target": "files", "key": name, "field": FIELD, "old": sizes[name], "new": new, "reason": why}
                | {"label": name}
            )
    return Plan(
        changes=sorted_changes(rows),
        notes=notes_frame(notes),
        considered=len(pictures),
        figures={"pictures": len(pictures), "bytes": sum(sizes[name] for name in pictures)},
    )


def _why(name: str, size: int, rules: PhotosSettings) -> str | None:
    return " and ".join(_reasons(name, size, rules)) or None


def _reasons(name: str, size: int, rules: PhotosSettings) -> Iterator[str]:
    suffix = PurePath(name).suffix
    if suffix.lower() == ".png":
        yield "a .png becomes a .jpg"
    elif suffix != ".jpg":
        yield f"{suffix} becomes .jpg"
    if size > rules.larger_than_bytes:
        yield f"{size:,} bytes are more than {rules.larger_than_bytes:,}"


def _jpg(name: str) -> str:
    return PurePath(name).stem + ".jpg"


AUTOMATION = Automation(
    name=NAME,
    number=5,
    title="Resize photos",
    description="Makes large product photos smaller and turns .jpeg and .png files into .jpg.",
    cron="0 * * * *",
    targets=("files",),
    needs=needs,
    plan=plan,
)
