"""What can go wrong with keys, logins and limits; each error carries its HTTP status and code."""

from server.errors import CommandError, ServerError


class Throttled(ServerError):
    """The base of what is allowed again after `retry_after` seconds."""

    status = 429
    title, title_en = "请求太多", "Too many requests"

    def __init__(self, retry_after: int, **fields: object) -> None:
        super().__init__(retry_after=retry_after, **fields)
        self.retry_after = retry_after


class NoAccess(ServerError):
    """One sentence for every cause, so that nobody learns which keys there are or were."""

    status = 401
    code = "invalid_api_key"
    title, title_en = "需要密钥", "Key needed"
    zh = (
        "请在 Authorization 头里给出有效的密钥（Bearer yj_…），或在浏览器里打开 /login 登录。"
        "密钥由管理员用 youju keys add 发放。"
    )
    en = (
        "Send a valid key in the Authorization header (Bearer yj_…), or log in at /login in a browser. "
        "The administrator makes keys with youju keys add."
    )


class NotAllowed(ServerError):
    status = 403
    code = "permission_denied"
    title, title_en = "权限不够", "Permission denied"
    zh = "这个密钥的权限是 {role}，此操作需要 {needed}。请向管理员要一个权限够的密钥。"
    en = "This key's role is {role}, and this needs {needed}. Ask the administrator for a key with that role."

    def __init__(self, role: str, needed: str) -> None:
        super().__init__(role=role, needed=needed)


class OtherUser(ServerError):
    status = 403
    code = "other_user"
    title, title_en = "需要密钥", "Key needed"
    zh = (
        "这个服务还没有密钥，只对启动它的用户开放，而这个连接属于本机的另一个用户（或者已经断开）。"
        "请启动它的用户用 youju keys add 名称 --role read 发一个密钥，再在 Authorization 头里给出它（Bearer yj_…）。"
    )
    en = (
        "This server has no keys yet and is open only to the user who has started it; this connection belongs to another "
        "user of the machine, or has ended. That user makes a key with youju keys add NAME --role read; send it in the "
        "Authorization header (Bearer yj_…)."
    )


class CrossSite(ServerError):
    status = 403
    code = "cross_site"
    title, title_en = "来源不允许", "Origin not allowed"
    zh = (
        "请求来自别的网站的网页（Origin {origin!r}）。请在本服务自己的网页里操作；程序请用 Authorization: Bearer；"
        "要允许某个网站，请管理员在设置 origins 里写上它。"
    )
    en = (
        "The request comes from another site (Origin {origin!r}). Use this server's own page; programs send "
        "Authorization: Bearer; to allow a site, the administrator names it in the setting origins."
    )

    def __init__(self, origin: str) -> None:
        """`origin` is that of the page, empty where the browser has only said that it is another one."""
        super().__init__(origin=origin)


class TooManyRequests(Throttled):
    code = "rate_limit_exceeded"
    zh = "这个密钥一分钟最多 {limit} 个请求。请在 {retry_after} 秒后再试。"
    en = "This key may send {limit} requests a minute. Try again in {retry_after} seconds."

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(retry_after, limit=limit)


class TooManyWaiting(Throttled):
    code = "too_many_waiting"
    zh = "这个密钥已有 {waiting} 个问题在排队，不能再占更多位置。请在 {retry_after} 秒后再试。"
    en = "This key has {waiting} questions in the queue and may have no more. Try again in {retry_after} seconds."

    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(retry_after, waiting=waiting)


class TooMuchUploaded(Throttled):
    code = "upload_quota_exceeded"
    zh = "这个密钥一天最多上传 {megabytes:,.0f} MB，今天的已经用完。请明天再传，或请管理员调高设置 upload_megabytes_per_day。"
    en = (
        "This key may upload {megabytes:,.0f} MB a day, and today's are used up. "
        "Upload tomorrow, or ask the administrator to raise the setting upload_megabytes_per_day."
    )

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(retry_after, megabytes=limit / 1e6)


class TooManyLogins(Throttled):
    code = "too_many_logins"
    zh = "登录失败的次数太多。请在 {retry_after} 秒后再试。"
    en = "Too many logins have failed. Try again in {retry_after} seconds."


class BadKeyName(CommandError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"密钥的名称 {name!r} 不可用：请用 1 到 64 个字，可以有汉字、字母、数字和 . _ - @，不能有空格。"
        )


class KeyExists(CommandError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"已经有名为 {name} 的密钥。请换一个名称；要换密钥时，先用新的名称发一个，再用 youju keys revoke {name} 作废旧的。"
        )


class UnknownKey(CommandError):
    def __init__(self, name: str, known: list[str]) -> None:
        there = f"现有：{'、'.join(known)}" if known else "现在一个密钥也没有"
        super().__init__(f"没有名为 {name} 的有效密钥。{there}。")
