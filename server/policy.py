"""Who may reach the server from where, and how much one key may take: plain values for the API's modules."""

from dataclasses import dataclass

from server.ledger.asked import Keep


@dataclass(frozen=True)
class Policy:
    """`loopback`: only this machine reaches the server; then it is open as long as there is no key."""

    loopback: bool = True
    origins: tuple[str, ...] = ()
    """Other origins (`https://host`) whose pages may call with a key."""
    session_seconds: int = 168 * 3600
    requests: int = 300
    """Requests a minute, for each key."""
    places: int = 8
    """Questions that one key may have in the line, the one that is being answered among them."""
    upload_bytes: int = 2_000_000_000
    """A calendar day of this machine, for each key."""
    file_megabytes: int = 256
    """Of one uploaded file."""
    request_megabytes: int = 2048
    """Of all files of one upload."""
    keep_questions: Keep = "local"
    """Whose questions stand in the statistics."""
    queued_files: int = 10000
    """Uploaded files of one key that may wait to be indexed."""
    model_aliases: tuple[str, ...] = ()
    """Further names under which /v1 serves the model."""
