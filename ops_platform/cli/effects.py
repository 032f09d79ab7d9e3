"""`ops effects ...`, `ops pause` and `ops resume`: names, options and help; the work is in effects_work.py.

Each command imports its work when it runs, because pandas and the drivers cost a second and `--help` must not.
"""

from __future__ import annotations

from typing import Annotated

import typer

from ops_platform.cli.output import Json
from ops_platform.core.effects import KINDS, STATUSES

group = typer.Typer(
    name="effects",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help=(
        "What leaves the house: mails, coupons, new customers, texts. Each has a key and happens once.\n\n"
        "planned: it waits for its time. claimed: it is being done. sent: done. held: it waits for your approval. "
        "suppressed: it must not happen. expired: its time passed. failed: refused. unknown: nobody knows whether it "
        "happened; it is looked up. cancelled: given up for good. dropped: its plan was given up."
    ),
    epilog="Look first: ops effects list, ops effects why KEY. To stop everything: ops pause all --why REASON",
)
_LOOK, _DECIDE, _RUN = "Look", "Decide", "Carry out"
_KINDS = ", ".join(KINDS)

Keys = Annotated[list[str], typer.Argument(metavar="KEY...", help="As ops effects list shows them.")]
Who = Annotated[str | None, typer.Option("--by", help="Who decides; your user name if not given.", show_default=False)]
Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"{_KINDS}, or all.")]
Paused = Annotated[
    str, typer.Argument(metavar="KIND", help=f"{_KINDS}, or all; a campaign's texts alone: text:birthday.")
]
Why = Annotated[str, typer.Option(help="The reason, for whoever wonders later.")]


@group.command("list", rich_help_panel=_LOOK, epilog="Example: ops effects list --status unknown --status failed")
def list_effects(
    status: Annotated[
        list[str] | None, typer.Option(help=f"Only these: {', '.join(STATUSES)}.", show_default=False)
    ] = None,
    kind: Annotated[str | None, typer.Option(help=f"Only this kind: {_KINDS}.", show_default=False)] = None,
    automation: Annotated[str | None, typer.Option(help="Only of this automation.", show_default=False)] = None,
    batch: Annotated[int | None, typer.Option(help="Only of this plan (ops retail held).", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the newest.")] = 50,
    as_json: Json = False,
) -> None:
    """List effects, the newest first: for whom (masked), when, what became of each, and what is paused."""
    from ops_platform.cli import effects_work

    effects_work.list_effects(
        statuses=status, kind=kind, automation=automation, batch_id=batch, limit=limit, as_json=as_json
    )


@group.command("why", rich_help_panel=_LOOK, epilog="Example: ops effects why report/admin/2026-05-14")
def why(
    key: Annotated[str, typer.Argument(metavar="KEY", help="As ops effects list shows it.")], as_json: Json = False
) -> None:
    """Tell the whole history of an effect: why it was wanted, every try, every decision, what it waits for."""
    from ops_platform.cli import effects_work

    effects_work.why(key, as_json=as_json)


@group.command("approve", rich_help_panel=_DECIDE, epilog="Example: ops effects approve mail/followup/2026-05-14")
def approve(
    keys: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY...", help="As ops effects list --status held shows them.", show_default=False),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(help="A whole plan with its changes: ops retail approve.", show_default=False)
    ] = None,
    who: Who = None,
    as_json: Json = False,
) -> None:
    """Let held effects go; what is due of them is done at once."""
    from ops_platform.cli import effects_work

    effects_work.approve(keys or [], batch_id=batch, who=who, as_json=as_json)


@group.command("retry", rich_help_panel=_DECIDE, epilog="Example: ops effects retry coupon/3f2a90b1c4d5")
def retry(
    keys: Keys,
    maybe_twice: Annotated[
        bool, typer.Option("--maybe-twice", help="Also one of which nobody knows whether it happened.")
    ] = False,
    who: Who = None,
    as_json: Json = False,
) -> None:
    """Try effects again that failed, expired or were given up, and at once; what was given up with them comes along."""
    from ops_platform.cli import effects_work

    effects_work.retry(keys, maybe_twice=maybe_twice, who=who, as_json=as_json)


@group.command("cancel", rich_help_panel=_DECIDE, epilog="Example: ops effects cancel mail/followup/2026-05-14")
def cancel(keys: Keys, who: Who = None) -> None:
    """Give effects up for good: no plan brings them back. What waits for them does not happen either."""
    from ops_platform.cli import effects_work

    effects_work.cancel(keys, who=who)


@group.command("confirm", rich_help_panel=_DECIDE, epilog="Example: ops effects confirm customer/lead/3f2a90b1c4d5")
def confirm(keys: Keys, who: Who = None) -> None:
    """Say of unknown effects that they did happen, as you found out yourself; what waited for them goes on."""
    from ops_platform.cli import effects_work

    effects_work.confirm(keys, who=who)


@group.command("reconcile", rich_help_panel=_RUN, epilog="Example: ops effects reconcile")
def reconcile(as_json: Json = False) -> None:
    """Look after effects whose process died, and ask the other side about unknown ones. Nothing new is sent."""
    from ops_platform.cli import effects_work

    effects_work.reconcile(as_json=as_json)


@group.command("deliver", rich_help_panel=_RUN, epilog="Example: ops effects deliver")
def deliver(as_json: Json = False) -> None:
    """Do all that is due now; `ops up` does so every few minutes. The exit code is 1 when something failed."""
    from ops_platform.cli import effects_work

    effects_work.deliver(as_json=as_json)


@group.command("budget", rich_help_panel=_RUN, epilog='Example: ops effects budget email 100 --why "a new template"')
def budget(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{_KINDS}.")],
    daily: Annotated[
        int | None,
        typer.Argument(metavar="COUNT", min=0, help="At most so many a day; none: the settings'.", show_default=False),
    ] = None,
    why: Why = "changed by hand",
    who: Who = None,
) -> None:
    """Let another number a day be the most of a kind, until you give it back to the settings (leave COUNT out)."""
    from ops_platform.cli import effects_work

    effects_work.budget(kind, daily, why=why, who=who)


def pause(kind: Paused, why: Why, who: Who = None) -> None:
    """Stop a kind of effects at once, in every process: nothing more of it begins. What is due waits."""
    from ops_platform.cli import effects_work

    effects_work.pause(kind, why=why, who=who)


def resume(kind: Paused, who: Who = None) -> None:
    """Let a kind go on that was paused; what is due is done by the next run, what is too late by now expires."""
    from ops_platform.cli import effects_work

    effects_work.resume(kind, who=who)


def add_controls(app: typer.Typer) -> None:
    """Add `pause` and `resume`, which have to be short to type, to the commands of `ops` itself."""
    app.command("pause", epilog='Example: ops pause email --why "wrong prices in the template"')(pause)
    app.command("resume", epilog="Example: ops resume email")(resume)
