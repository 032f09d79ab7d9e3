"""`ops texts ...`: names, options and help of the commands; the work is in texts_*.py beside this file."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from ops_platform.cli.output import Json

group = typer.Typer(
    name="texts",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Text messages to customers: campaigns, who gets what and why not, what became of them, who wants none.",
    epilog="Look first: ops texts list, ops texts preview first_time_1. Stop everything: ops pause text --why '...'",
)
_CAMPAIGNS, _PEOPLE = "Campaigns", "People"

Campaign = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="As ops texts list shows it.")]
Phone = Annotated[str, typer.Argument(metavar="PHONE", help="Ten digits in any form: 828-555-0142.")]
Who = Annotated[str | None, typer.Option("--by", help="Who decides; your user name if not given.", show_default=False)]
Day = Annotated[
    datetime | None,
    typer.Option(
        "--date", formats=["%Y-%m-%d"], help="Of the store's calendar; today if not given.", show_default=False
    ),
]


@group.command("list", rich_help_panel=_CAMPAIGNS, epilog="Example: ops texts list")
def list_campaigns(as_json: Json = False) -> None:
    """List the campaigns: whom each is for, when, and how its last run went."""
    from ops_platform.cli import texts_campaigns

    texts_campaigns.list_campaigns(as_json=as_json)


@group.command(
    "preview", rich_help_panel=_CAMPAIGNS, epilog="Example: ops texts preview first_time_2 --date 2026-05-14"
)
def preview(
    name: Campaign,
    day: Day = None,
    show: Annotated[bool, typer.Option("--show", help="Show phones whole, not masked.")] = False,
    as_json: Json = False,
) -> None:
    """Show who would get what on a day and when, who would not and why. Nothing is sent or written."""
    from ops_platform.cli import texts_campaigns

    texts_campaigns.preview(name, day=day.date() if day else None, show=show, as_json=as_json)


@group.command("send", rich_help_panel=_CAMPAIGNS, epilog="Example: ops texts send wholesale")
def send(name: Campaign, as_json: Json = False) -> None:
    """Send today's texts of a campaign: the same as ops retail apply text_CAMPAIGN.

    Who got the text already gets none; a text that was due longer ago than retail.texts.max_lateness_hours is not sent.
    """
    from ops_platform.cli import texts_campaigns

    texts_campaigns.send(name, as_json=as_json)


@group.command("status", rich_help_panel=_CAMPAIGNS, epilog="Example: ops texts status --days 30")
def status(
    days: Annotated[int, typer.Option(min=1, max=3660, help="Of the last so many days.")] = 7,
    ask: Annotated[bool, typer.Option("--ask/--no-ask", help="Ask Twilio first what became of open ones.")] = True,
    as_json: Json = False,
) -> None:
    """Show each campaign's texts: planned, sent, delivered, failed, opted out, and what they cost."""
    from ops_platform.cli import texts_people

    texts_people.status(days=days, ask=ask, as_json=as_json)


@group.command("stop", rich_help_panel=_PEOPLE, epilog="Example: ops texts stop 828-555-0142 --why 'asked by phone'")
def stop(
    phone: Phone,
    why: Annotated[str, typer.Option("--why", help="What the person said.")] = "",
    who: Who = None,
) -> None:
    """No texts to a phone any more, from this moment on, whatever is planned."""
    from ops_platform.cli import texts_people

    texts_people.stop(phone, why=why, who=who)


@group.command("allow", rich_help_panel=_PEOPLE, epilog="Example: ops texts allow 828-555-0142 --why 'new owner'")
def allow(
    phone: Phone,
    why: Annotated[str, typer.Option("--why", help="The person's word; it is kept.")],
    who: Who = None,
) -> None:
    """Texts to a phone again. Only with the person's word: the law asks for it."""
    from ops_platform.cli import texts_people

    texts_people.allow(phone, why=why, who=who)


@group.command("answers", rich_help_panel=_PEOPLE, epilog="Example: ops texts answers --days 7")
def answers(
    days: Annotated[int, typer.Option(min=1, max=3660, help="Of the last so many days.")] = 7,
    everything: Annotated[bool, typer.Option("--all", help="Also plain STOP and START, followed already.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 100,
    as_json: Json = False,
) -> None:
    """Show what people wrote back and a person has to read: questions, praise, and opt-outs in words of their own.

    Those that clearly say so (means: stop) are followed already; ops texts allow undoes one that was meant otherwise.
    """
    from ops_platform.cli import texts_people

    texts_people.answers(days=days, everything=everything, limit=limit, as_json=as_json)


@group.command("history", rich_help_panel=_PEOPLE, epilog="Example: ops texts history 10123")
def history(
    cust_no: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's number.")],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    as_json: Json = False,
) -> None:
    """Show every text that was planned for a customer, its words, what became of it, and what came back."""
    from ops_platform.cli import texts_people

    texts_people.history(cust_no, limit=limit, as_json=as_json)
