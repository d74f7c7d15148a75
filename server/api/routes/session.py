"""/api/session: a browser shows its key once and gets a cookie, asks who it is, and logs out."""

from fastapi import APIRouter, Request, Response

from server.access_errors import NoAccess
from server.api import credentials
from server.api.access import Reader
from server.api.access_schemas import SessionIn, SessionOut, session_out
from server.api.entrance import Entrance, Visitor, address_of
from server.api.problems import problems
from server.ledger import sessions

router = APIRouter(prefix="/api/session", tags=["会话"])


@router.post("", response_model=SessionOut, summary="登录", responses=problems(401, 403, 422, 429, 503))
def log_in(body: SessionIn, request: Request, response: Response) -> SessionOut:
    """Shows a key and sets the cookie of a session: HttpOnly, SameSite=Strict, Secure behind TLS."""
    state = request.app.state.youju
    entrance: Entrance = state.entrance
    address = address_of(request.scope)
    entrance.logins.require_patience(address)
    key = entrance.key(body.key)
    if key is None:
        entrance.logins.failed(address)
        entrance.logins.write()
        raise NoAccess
    seconds = entrance.policy.session_seconds
    secret, ends = sessions.begin(state.ledger, key, seconds)
    response.set_cookie(
        credentials.COOKIE, secret, max_age=seconds, path="/", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return session_out(Visitor(key.caller, key, ends))


@router.get("", response_model=SessionOut, summary="我是谁", responses=problems(401, 403, 429, 503))
def show_session(request: Request, caller: Reader) -> SessionOut:
    """Whose key or session the request has shown."""
    return session_out(request.state.visitor)


@router.delete("", status_code=204, summary="退出", responses=problems(401, 403, 429, 503))
def log_out(request: Request, response: Response, caller: Reader) -> None:
    """Ends the session of the cookie; without one nothing happens."""
    secret = credentials.cookie(credentials.headers_of(request.scope))
    if secret is not None:
        sessions.end(request.app.state.youju.ledger, secret)
        response.delete_cookie(credentials.COOKIE, path="/", httponly=True, samesite="strict")
