"""What goes over the wire about sessions and the audit log."""

from datetime import UTC, datetime

from pydantic import BaseModel, Field

from server.api.entrance import Visitor
from server.api.schemas import Strict
from server.caller import Role
from server.ledger.audit import Entry


class SessionIn(Strict):
    key: str = Field(min_length=1, max_length=200, description="youju keys add 给出的密钥", examples=["yj_…"])


class SessionOut(BaseModel):
    key: str | None = Field(description="密钥的编号；本机没有设密钥时为 null", examples=["3f2a9c0d1e4b5a67"])
    name: str = Field(description="密钥的名称", examples=["张三"])
    role: Role = Field(description="read 只能提问和阅读，write 还能增删文档，admin 还能查看审计记录")
    expires: str | None = Field(
        description="会话何时结束（ISO 8601）；不是用会话登录的为 null", examples=["2026-01-31T08:00:00+00:00"]
    )


class AuditEntryOut(BaseModel):
    number: int = Field(description="记录的序号，越大越新", examples=[17])
    at: str = Field(description="时间（ISO 8601）", examples=["2026-01-31T08:00:00+00:00"])
    key: str | None = Field(description="密钥的编号；本机操作和登录失败为 null", examples=["3f2a9c0d1e4b5a67"])
    name: str = Field(description="密钥的名称；登录失败为空", examples=["张三"])
    action: str = Field(description="做了什么", examples=["document.add"])
    subject: str = Field(description="对什么：文档编号、密钥名称、地址等", examples=["d41d8cd98f00b204"])
    detail: str = Field(description="补充：文件名、权限、次数等，不含正文", examples=["要点.pdf"])


class AuditOut(BaseModel):
    entries: list[AuditEntryOut] = Field(description="最新的在前")
    total: int = Field(description="一共有多少条", examples=[42])


def session_out(visitor: Visitor) -> SessionOut:
    caller = visitor.caller
    ends = None if visitor.session_ends is None else _time(visitor.session_ends)
    return SessionOut(key=caller.key, name=caller.name, role=caller.role, expires=ends)


def audit_entry_out(entry: Entry) -> AuditEntryOut:
    return AuditEntryOut(
        number=entry.number, at=_time(entry.at), key=entry.key, name=entry.name, action=entry.action,
        subject=entry.subject, detail=entry.detail,
    )  # fmt: skip


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
