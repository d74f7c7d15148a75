"""Failed logins: a few a minute for each address, and all of them counted in the audit log.

Not covered: whether a key is right (`server.ledger.keys`).
"""

import ipaddress
import threading
import time

from server.access_errors import TooManyLogins
from server.api.rate import Rate
from server.ledger import audit
from server.ledger.ledger import Ledger

A_MINUTE = 5
MOST_ADDRESSES = 1000
OTHERS = "其他地址"


class Logins:
    """Safe for many threads. Counts are written at most once a minute, so that guessing does not keep the disk busy."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rate = Rate(A_MINUTE)
        self._lock = threading.Lock()
        self._failed: dict[str, int] = {}
        self._written = 0.0

    def require_patience(self, address: str) -> None:
        """Raises TooManyLogins for an address from which too many logins have just failed."""
        wait = self._rate.wait(network(address))
        if wait:
            raise TooManyLogins(wait)

    def failed(self, address: str) -> None:
        """Count a failed login against its address."""
        self._rate.take(network(address))
        self.note(address)

    def note(self, address: str) -> None:
        """Count for the log alone: a key in a request that opens nothing."""
        name = network(address)
        with self._lock:
            name = name if name in self._failed or len(self._failed) < MOST_ADDRESSES else OTHERS
            self._failed[name] = self._failed.get(name, 0) + 1

    def write(self, at_once: bool = False) -> None:
        """Write what was counted, unless that was done within the last minute; from a thread."""
        now = time.monotonic()
        with self._lock:
            if not self._failed or (now - self._written < audit.MINUTE and self._written and not at_once):
                return
            failed, self._failed, self._written = self._failed, {}, now
        audit.count_failures(self._ledger, failed)


def network(address: str) -> str:
    """What is counted as one address: of IPv6 the /64, which a single machine has to itself."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else str(known)
