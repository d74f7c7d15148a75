"""What callers may do: which role each route needs, and which paths need none.

A route declares the role that it needs by taking one of `Reader`, `Writer`, `Admin` as a parameter, which gives it the
caller. Who the caller is has been found out before by `server.api.entrance`.
"""

from typing import Annotated

from fastapi import Depends, Request

from server.access_errors import NoAccess, NotAllowed
from server.caller import LOCAL as LOCAL
from server.caller import ROLES as ROLES
from server.caller import Caller as Caller
from server.caller import Role as Role

LOGIN = "/login"
"""The page that asks for a key; whoever mounts the page mounts it (`ui.app`)."""
PUBLIC: dict[str, frozenset[str] | None] = {
    "/api/health": None,
    "/api/ready": None,
    # What it has no route for is told so (405) instead of asking for a key.
    "/api/session": frozenset({"POST", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "QUERY"}),
    LOGIN: frozenset({"GET", "HEAD"}),
}
"""The only paths that need no key, each with the methods that need none; None for all."""


def is_public(method: str, path: str) -> bool:
    """Whether a request needs no key."""
    methods = PUBLIC.get(path, frozenset[str]())
    return methods is None or method in methods


def caller_of(request: Request) -> Caller:
    """Who is calling; raises NoAccess where nobody was let in."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise NoAccess
    return caller


class Requirement:
    """A dependency that gives the caller; raises NotAllowed for one whose role does not reach."""

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self, request: Request) -> Caller:
        caller = caller_of(request)
        if not caller.may(self.role):
            raise NotAllowed(caller.role, self.role)
        return caller


Reader = Annotated[Caller, Depends(Requirement("read"))]
Writer = Annotated[Caller, Depends(Requirement("write"))]
Admin = Annotated[Caller, Depends(Requirement("admin"))]
