"""The automations as Dagster runs them: the registry's, each text campaign at the store's own time of day.

What belongs here: what the environment says of their clocks (OPS_TEXT_TIMES, which `ops` makes of the settings:
defs/timing.py says why). What does not: anything else of an automation.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from ops_platform.defs import timing
from ops_platform.retail.automation import Automation
from ops_platform.retail.campaigns.automations import at_times
from ops_platform.retail.registry import AUTOMATIONS as REGISTERED


def of_environment(environment: Mapping[str, str]) -> tuple[Automation, ...]:
    """The automations, with the clocks that the environment sets."""
    return at_times(REGISTERED, timing.times_of(environment, "OPS_TEXT_TIMES"))


AUTOMATIONS: Final = of_environment(os.environ)
