"""GET /api/statistics: what the index holds and how it was asked."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from server.api.access import Reader
from server.api.routes.asking import Answers
from server.api.statistics_schemas import StatisticsOut, statistics_out
from server.ledger.asked import MOST_ASKED
from server.statistics import questions

router = APIRouter(prefix="/api/statistics", tags=["统计"])


@router.get("", response_model=StatisticsOut, summary="统计")
def show_statistics(
    request: Request,
    caller: Reader,
    answerer: Answers,
    days: Annotated[int, Query(ge=1, le=366, description="最近多少天的问题，今天在内")] = 30,
    answers: Annotated[int, Query(ge=1, le=MOST_ASKED, description="用时按其中最近多少个回答算")] = 1000,
    refusals: Annotated[int, Query(ge=0, le=1000, description="列出最近多少个问题，和最近多少个拒答的问题")] = 20,
) -> StatisticsOut:
    """Documents by year, place, issuer and type; questions by day, end and reason; latencies; refusals."""
    state = request.app.state.youju
    return statistics_out(
        state.saved.shelves.holdings(answerer.store), questions(state.ledger, caller, days, answers, refusals)
    )
