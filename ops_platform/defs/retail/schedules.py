"""When automations run: one schedule a cron line of the registry, one run a time, in the store's zone.

The zone is read from the environment (OPS_RETAIL__TIMEZONE), and the times of texts (automations.py): defs/timing.py
says why. ticks.py says who asks for what.
"""

# Dagster reads the annotations of contexts and resources as types, so they cannot be postponed here.

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import dagster as dg

from ops_platform.defs import timing
from ops_platform.defs.clock import as_of, as_of_tag
from ops_platform.defs.resources import OpsSettings
from ops_platform.defs.retail import checks, keys, ticks
from ops_platform.defs.retail.automations import AUTOMATIONS
from ops_platform.defs.retail.jobs import retail_automations
from ops_platform.retail.automation import Automation
from ops_platform.settings_modes import mode_of

if TYPE_CHECKING:
    from ops_platform.settings import Settings

DEFAULT_ZONE = "America/New_York"


def zone_name(environment: Mapping[str, str]) -> str:
    """Return the zone of OPS_RETAIL__TIMEZONE (default America/New_York); Dagster refuses one it does not know."""
    return timing.zone_of(environment, "OPS_RETAIL__TIMEZONE", DEFAULT_ZONE)


ZONE = zone_name(os.environ)
_OWN = frozenset({"exports", "backups", "machine"})  # on this machine, whatever the mode
_SPARED = {"competitor_prices": frozenset({"mail"})}  # its lists are wanted without the mail, which waits


def _schedule(cron: str) -> dg.ScheduleDefinition:
    titles = ", ".join(f"{a.title.lower()} ({a.number})" for a in AUTOMATIONS if a.cron == cron)

    @dg.schedule(
        name=ticks.name_of(cron),
        job=retail_automations,
        cron_schedule=cron,
        execution_timezone=ZONE,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            f"{titles[0].upper()}{titles[1:]}. Where schedules meet, one run does the work of all. Skips while it "
            "would write to the sandbox and none runs."
        ),
    )
    def tick(context: dg.ScheduleEvaluationContext, settings: OpsSettings) -> dg.RunRequest | dg.SkipReason:
        """Ask for one run of everything that is due, which works for the time of the tick."""
        moment = context.scheduled_execution_time
        asking = ticks.asks(cron, AUTOMATIONS, moment, ZONE)
        if asking != cron:
            return dg.SkipReason(f"{ticks.name_of(asking)} ticks at the same time and asks for one run of everything")
        wanted = ticks.due(AUTOMATIONS, moment, as_of({}, ZONE), ZONE)
        if not wanted:
            return dg.SkipReason("a later tick has come already; its run does the work of this one")
        wanted = [automation for automation in wanted if not _lacks_its_sandbox(automation, settings.get())]
        if not wanted:
            return dg.SkipReason(
                "the store's systems are in mode sandbox, and no sandbox is running: `ops sandbox` starts one; your "
                "own are used when their mode is live (ops.yaml: retail.counterpoint.mode, mail.mode and so on)"
            )
        selected = [keys.of_automation(automation) for automation in wanted]
        return dg.RunRequest(
            run_key=f"{ticks.name_of(cron)} {moment:%Y-%m-%d %H:%M %z}",  # evaluated twice, it starts one run
            asset_selection=selected,
            asset_check_keys=checks.of_run(selected),
            tags=as_of_tag(moment),
        )

    return tick


def _lacks_its_sandbox(automation: Automation, settings: "Settings") -> bool:
    """Whether an automation works on invented systems that do not run: it could only fail, hour after hour."""
    from ops_platform.adapters.sandbox_address import sandbox_of

    store = settings.retail
    reading = {"internet": store.internet.mode, "competitors": store.scraping.mode}
    written = set(automation.targets) - _OWN - _SPARED.get(automation.name, frozenset())
    systems = keys.systems_read(automation, store) | written
    used = {reading[system] if system in reading else mode_of(settings, system) for system in systems}
    return "sandbox" in used and sandbox_of(settings.home) is None


SCHEDULES = [_schedule(cron) for cron in ticks.crons(AUTOMATIONS)]
