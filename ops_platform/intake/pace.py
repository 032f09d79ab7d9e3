"""How often an address may send a form: a few a minute, some dozens a day. Kept in memory, forgotten at a restart."""

from __future__ import annotations

import ipaddress
import time

from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ops_platform.settings_retail_requests import IntakeSettings


class Pace:
    """Counts forms by address. An IPv6 household is one address: it has a whole network of them."""

    def __init__(self, settings: IntakeSettings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._limits = (RateLimitItemPerMinute(settings.per_minute), RateLimitItemPerDay(settings.per_day))

    def wait(self, address: str) -> int:
        """Count one form; return 0, or the seconds until the address may send one, which then does not count."""
        key = household(address)
        for limit in self._limits:
            if not self._limiter.test(limit, key):
                return max(1, int(self._limiter.get_window_stats(limit, key).reset_time - time.time()) + 1)
        for limit in self._limits:
            self._limiter.hit(limit, key)
        return 0


def household(address: str) -> str:
    """What counts as one sender: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(found)
