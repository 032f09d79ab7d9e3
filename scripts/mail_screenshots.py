"""Make docs/images/mail_<name>.png: each mail as a wide screen and a phone show it, side by side.

Values are those of example.json; pictures are drawn. Run it after a change of templates/email:
`python scripts/mail_screenshots.py [NAME...]`. Needs Chromium.
"""

from __future__ import annotations

import base64
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from ops_platform.adapters.mail_message import render_mail
from ops_platform.adapters.mail_page import as_page
from ops_platform.adapters.mail_pictures import placeholder
from ops_platform.adapters.mail_templates import example_context, example_pictures, mail_names
from ops_platform.paths import project_root
from ops_platform.retail.demo_photos import demo_photos
from ops_platform.settings import Settings

WIDE, PHONE, TALLEST = 720, 375, 1400
LARGEST = 150_000
STORE = {
    "store": "Green Acres Nursery",
    "website": "https://store.example",
    "postal": ("120 Garden Road", "Asheville, NC 28801"),
}


def main(names: list[str]) -> int:
    """Return 0."""
    with _browser() as browser, tempfile.TemporaryDirectory() as folder:
        for name in names or mail_names():
            page = Path(folder) / f"{name}.html"
            page.write_text(_page(name), encoding="utf-8")
            shots = [_shot(browser, page, width) for width in (WIDE, PHONE)]
            file = project_root() / "docs" / "images" / f"mail_{name}.png"
            size = _save(shots, file)
            print(f"{file.name}: {size:,} bytes")
    return 0


def _page(name: str) -> str:
    payload = {
        "template": name,
        "to": ["reader@customers.example"],
        "context": example_context(name),
        "pictures": [_picture(cid) for cid in example_pictures(name)],
        "kind_of_mail": "staff",
    }
    settings = Settings(home=Path("unused"), mail=STORE)  # type: ignore[arg-type]
    return as_page(render_mail(payload, f"screenshot/{name}", settings).content)


def _picture(cid: str) -> dict[str, str]:
    content = placeholder(cid)
    if cid == "photo":
        out = io.BytesIO()
        with Image.open(io.BytesIO(demo_photos()[0][1])) as photo:
            upright = ImageOps.exif_transpose(photo).convert("RGB")
            # Without its grain, which no small PNG can hold.
            ImageOps.fit(upright.resize((200, 200)), (590, 420)).quantize(12).save(out, "PNG")
        content = out.getvalue()
    return {"cid": cid, "png_base64": base64.b64encode(content).decode()}


@contextmanager
def _browser() -> Iterator[webdriver.Chrome]:
    os.environ["SE_OFFLINE"] = "true"  # the driver is installed; nothing is to be asked of the internet
    options = Options()
    for argument in ("--headless=new", "--no-sandbox", "--hide-scrollbars"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        yield browser
    finally:
        browser.quit()


def _shot(browser: webdriver.Chrome, page: Path, width: int) -> Image.Image:
    metrics = {"width": width, "height": 200, "deviceScaleFactor": 1, "mobile": width == PHONE}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(page.as_uri())
    height = min(TALLEST, int(browser.execute_script("return document.documentElement.scrollHeight")))
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
    return Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")


def _save(shots: list[Image.Image], file: Path) -> int:
    both = Image.new("RGB", (WIDE + 40 + PHONE, max(shot.height for shot in shots)), "#ffffff")
    for shot, left in zip(shots, (0, WIDE + 40), strict=True):
        both.paste(shot, (left, 0))
    for colours in (256, 128, 64):
        both.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(file, optimize=True)
        if file.stat().st_size <= LARGEST:
            break
    return file.stat().st_size


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
