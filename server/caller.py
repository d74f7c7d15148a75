"""Who is calling, and the roles that there are."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["read", "write", "admin"]
ROLES: tuple[Role, ...] = ("read", "write", "admin")
"""Each may do what those before it may."""


@dataclass(frozen=True)
class Caller:
    """`key` is the id of the key that was shown, or None for whoever sits at a machine that has no keys."""

    key: str | None
    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether what needs `role` is allowed."""
        return ROLES.index(self.role) >= ROLES.index(role)


LOCAL = Caller(None, "本机", "admin")
