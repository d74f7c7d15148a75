"""What one key may take of the server: requests a minute, places in the line, bytes uploaded a day, files waiting.

Whoever calls from a machine without keys has no limits. Failed logins are counted in `server.api.logins`.
"""

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from server.access_errors import TooManyRequests, TooMuchUploaded
from server.api.rate import Rate
from server.caller import Caller
from server.ledger import jobs, quotas
from server.llm.turns import Holder
from server.upload_errors import TooManyQueued

if TYPE_CHECKING:
    from server.api.state import State


def charge_request(rate: Rate, caller: Caller) -> None:
    """Count one request of `caller`; raises TooManyRequests."""
    wait = rate.take(caller.key) if caller.key is not None else 0
    if wait:
        raise TooManyRequests(rate.limit, wait)


def holder(state: "State", caller: Caller) -> Holder | None:
    """Who takes a place in the line, for `Answerer.events` and `Answerer.answer`; None has no limit of its own.

    `state` is `request.app.state.youju`."""
    return None if caller.key is None else Holder(caller.key, state.policy.places)


def charge_upload(state: "State", caller: Caller, size: int) -> None:
    """Count `size` uploaded bytes of `caller` today; raises TooMuchUploaded (429 with Retry-After) and counts nothing
    when they are too many. `state` is `request.app.state.youju`.

    Call it before the bytes are kept, for each file or each few megabytes as they come: it writes to the disk (about
    5 ms), so from a thread. Bytes of a file that is refused later stay counted. Whoever needs no key has no limit.
    """
    if caller.key is None:
        return
    now = datetime.now()
    most = state.policy.upload_bytes
    if not quotas.take(state.ledger, caller.key, now.date().isoformat(), size, most):
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time())
        raise TooMuchUploaded(most, math.ceil((tomorrow - now).total_seconds()))


def check_queued(state: "State", caller: Caller) -> None:
    """Raise TooManyQueued (429 with Retry-After) where no further file of `caller` may wait to be indexed.

    For uploads, before any byte is taken in; `server.ledger.jobs.create` counts the files of a request exactly.
    """
    most = state.policy.queued_files
    if caller.key is not None and (waiting := jobs.queued(state.ledger, caller.key)) >= most:
        raise TooManyQueued(waiting, 1, most)
