"""`ops sandbox`: the stand-ins for outside systems by themselves, until Ctrl-C."""

from __future__ import annotations

import contextlib
import threading
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ops_platform.adapters.postgres.databases import database_urls
from ops_platform.adapters.postgres.errors import PostgresError
from ops_platform.adapters.sandbox_address import announced, sandbox_of
from ops_platform.cli.errors import CommandError
from ops_platform.cli.output import heading, line, working
from ops_platform.restaurant.demo_data import demo_events
from ops_platform.sandbox.bigcommerce import BigcommerceSandbox, bigcommerce_service
from ops_platform.sandbox.competitor import CompetitorSandbox, competitor_service
from ops_platform.sandbox.counterpoint_api import CounterpointApiSandbox, counterpoint_api_service
from ops_platform.sandbox.counterpoint_customers import InDatabase
from ops_platform.sandbox.mail_pages import mail_service
from ops_platform.sandbox.petpooja import PetpoojaSandbox
from ops_platform.sandbox.petpooja_api import api_service
from ops_platform.sandbox.petpooja_stream import stream_service
from ops_platform.sandbox.request_log import FILE
from ops_platform.sandbox.server import running_sandbox
from ops_platform.sandbox.service import Service
from ops_platform.sandbox.smtp import MailSandbox
from ops_platform.sandbox.twilio import twilio_service
from ops_platform.sandbox.twilio_texts import TwilioSandbox
from ops_platform.sandbox.webdav import DavSandbox, webdav_service
from ops_platform.settings import Settings, load_settings

PAST_DAYS: Final = 60
"""Days of invented orders up to today."""

COMING_DAYS: Final = 14
"""Days after today that are made as well: a sandbox that is left running goes on selling."""

_TICK_SECONDS: Final = 0.5  # Windows hears Ctrl-C only between two waits


def run(*, port: int | None) -> int:
    """Serve every stand-in until Ctrl-C or SIGTERM; return the exit code. Raises CommandError, SandboxError."""
    settings = load_settings()
    earlier = sandbox_of(settings.home)
    if earlier is not None:
        raise CommandError(
            f"a sandbox runs already for {settings.home}: {earlier.url}, process {earlier.pid}. Use that one, or end "
            "it first"
        )
    folder = settings.home / "sandbox"
    with working("inventing orders"):
        services = all_services(settings)
    chosen = settings.sandbox.port if port is None else port
    with (
        running_sandbox(services, port=chosen, folder=folder) as sandbox,
        announced(settings.home, sandbox.url),
        contextlib.suppress(KeyboardInterrupt),  # from the first line on, it is how a person ends it
    ):
        line(f"The sandbox is up: {sandbox.url}  (Ctrl-C ends it; requests in {folder / FILE})")
        line("The platform of this home finds it by itself, unless restaurant.orders_from says otherwise.")
        for service in (each for each in services if each.settings):
            heading(f"{service.title}, as if it were real (.env):")
            for name, value in service.settings.items():
                line(f"  {name}={value.replace('{url}', f'{sandbox.url}/{service.name}')}")
        line("")
        line(f"Mails, texts and files that arrive can be read at {sandbox.url}")
        _wait()
    line("The sandbox is stopped.")
    return 0


def all_services(settings: Settings, *, web_shop: BigcommerceSandbox | None = None) -> list[Service]:
    """Every stand-in with invented data up to now and some days on, by the shop's calendar.

    web_shop: with its catalogue, else the one that is kept. Products, files and mails are kept in `<home>/sandbox`.
    """
    today = datetime.now(ZoneInfo(settings.restaurant.timezone)).date()
    last_day = today + timedelta(days=COMING_DAYS)
    petpooja = PetpoojaSandbox(demo_events(last_day=last_day, days=PAST_DAYS + COMING_DAYS))
    folder = settings.home / "sandbox"
    return [
        stream_service(petpooja),
        api_service(petpooja),
        bigcommerce_service(web_shop or BigcommerceSandbox(folder=folder / "bigcommerce")),
        webdav_service(DavSandbox(folder / "webdav")),
        counterpoint_api_service(CounterpointApiSandbox(InDatabase(lambda: stand_in(settings)))),
        mail_service(MailSandbox(folder / "mail")),
        twilio_service(TwilioSandbox()),
        competitor_service(CompetitorSandbox()),
    ]


def stand_in(settings: Settings) -> str | None:
    """The URL of the point of sale's stand-in while it runs; never that of a company's own database."""
    if settings.retail.counterpoint.mode == "live" or settings.counterpoint_database_url is not None:
        return None
    try:
        return database_urls(settings).counterpoint or None
    except PostgresError:
        return None


def _wait() -> None:
    stop = threading.Event()
    while not stop.wait(_TICK_SECONDS):
        pass
