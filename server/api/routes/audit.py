"""GET /api/audit: who added, removed or replaced what."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from server.api.access import Admin
from server.api.access_schemas import AuditOut, audit_entry_out
from server.api.problems import problems
from server.ledger import audit

router = APIRouter(prefix="/api/audit", tags=["管理"], responses=problems(401, 403, 422, 429, 503))


@router.get("", response_model=AuditOut, summary="审计记录")
def list_audit(
    request: Request,
    caller: Admin,
    limit: Annotated[int, Query(ge=1, le=1000, description="最多给多少条")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**53, description="跳过最新的多少条")] = 0,
) -> AuditOut:
    """The newest first."""
    ledger = request.app.state.youju.ledger
    entries = [audit_entry_out(entry) for entry in audit.entries(ledger, limit, offset)]
    return AuditOut(entries=entries, total=audit.count(ledger))
