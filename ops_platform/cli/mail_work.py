"""The work of `ops mail ...`. No database is opened: settings, kept mails and templates are all it needs."""

from __future__ import annotations

import webbrowser
from base64 import b64encode
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ops_platform.adapters.files import write_whole
from ops_platform.adapters.mail import sender_address
from ops_platform.adapters.mail_files import find_mail, kept_mails, read_mail
from ops_platform.adapters.mail_message import render_mail
from ops_platform.adapters.mail_page import as_page, text_of
from ops_platform.adapters.mail_pictures import placeholder
from ops_platform.adapters.mail_templates import example_context, example_pictures, mail_names
from ops_platform.cli.errors import FAILED, CommandError
from ops_platform.cli.output import heading, line, print_json, print_table, use_zone, warn
from ops_platform.core.privacy import mask_email
from ops_platform.flows.effects.mail import send_now
from ops_platform.settings import Settings, load_settings

_HEADERS = ("Date", "From", "To", "Reply-To", "Resent-To", "Subject", "Message-ID")


def test(address: str, *, as_json: bool) -> int:
    """Send the template `test`; 0 when the server took it."""
    settings = load_settings()
    section = settings.mail
    now = datetime.now(ZoneInfo(settings.retail.timezone))
    live = section.mode == "live"
    server = f"{section.host}, port {section.port}" if live else "the sandbox on this machine"
    context = {**example_context("test"), "sent_at": now.isoformat(timespec="seconds"), "server": server}
    payload = {"template": "test", "to": [address], "context": context, "kind_of_mail": "staff"}
    [handed] = send_now(settings, payload, f"test/{now:%Y-%m-%dT%H:%M:%S.%f}", at=now)
    if as_json:
        print_json({"status": handed.status, "reason": handed.reason, "mode": section.mode, "server": server})
    elif handed.status == "accepted":
        line(f"Accepted by {server}, from {sender_address(section)}.")
        if section.redirect_to:
            warn("mail.redirect_to is set: it went there, as all mail does")
        line(
            "Look for it in the mailbox, and in its spam folder."
            if live
            else "See it on the sandbox's page (ops sandbox)."
        )
    else:
        warn(f"{handed.status}: {handed.reason}")
    return 0 if handed.status == "accepted" else FAILED


def list_mails(*, limit: int, as_json: bool) -> None:
    """The kept mails, the newest first."""
    settings = _settings()
    rows: list[dict[str, Any]] = [
        {
            "date": kept.date,
            "key": kept.key,
            "subject": kept.subject,
            "to": ", ".join(map(mask_email, kept.to)),
            "bytes": kept.size,
            "file": str(kept.file),
        }
        for kept in islice(kept_mails(settings.home), limit)
    ]
    if as_json:
        print_json(rows)
    elif not rows:
        line("No mail was sent yet.")
    else:
        columns = ("date", "key", "subject", "to", "bytes")
        shown = [[row[name] for name in columns] for row in rows]
        print_table("", columns, shown, right=("bytes",), whole=("date", "key"))


def show(key: str, *, out: Path | None, in_browser: bool) -> None:
    """One kept mail, as text or as a page."""
    settings = _settings()
    file = find_mail(settings.home, key)
    if file is None:
        raise CommandError(f"no mail of {key!r} is kept; ops mail list shows the keys")
    if out is None and not in_browser:
        message = read_mail(file)
        for name in _HEADERS:
            if message[name]:
                line(f"{name}: {message[name]}")
        line("")
        line((text_of(message.get_body(("plain",))) or "(no text)").rstrip())
        line(f"\nIts file: {file}")
        return
    # Beside the mail, where only this user can read.
    page = out or file.with_suffix(".html")
    write_whole(page, as_page(file.read_bytes()).encode(), private=True)
    line(str(page))
    if in_browser:
        webbrowser.open(page.resolve().as_uri())


def preview(templates: list[str], *, out: Path | None, in_browser: bool) -> None:
    """Pages and text twins of templates with their invented values."""
    settings = _settings()
    folder = out or settings.home / "mail_previews"
    for name in templates or mail_names():
        payload = {
            "template": name,
            "to": ["reader@customers.example"],
            "context": example_context(name),
            "pictures": [
                {"cid": cid, "png_base64": b64encode(placeholder(cid)).decode()} for cid in example_pictures(name)
            ],
            "kind_of_mail": "staff",
        }
        rendered = render_mail(payload, f"preview/{name}", settings)
        page = folder / f"{name}.html"
        write_whole(page, as_page(rendered.content).encode())
        write_whole(folder / f"{name}.txt", rendered.text.text.encode())
        heading(rendered.subject)
        line(f"  {page} ({rendered.html_bytes:,} bytes of HTML), text: {name}.txt")
        if in_browser:
            webbrowser.open(page.resolve().as_uri())


def _settings() -> Settings:
    settings = load_settings()
    use_zone(ZoneInfo(settings.retail.timezone))
    return settings
