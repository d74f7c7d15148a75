"""What can go wrong with keys, logins and limits; each error carries its HTTP status."""

from server.errors import ServerError


class Throttled(ServerError):
    """The base of what is allowed again after `retry_after` seconds."""

    status = 429
    title = "请求太多"

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class NoAccess(ServerError):
    """One sentence for every cause, so that nobody learns which keys there are or were."""

    status = 401
    title = "需要密钥"

    def __init__(self) -> None:
        super().__init__(
            "请在 Authorization 头里给出有效的密钥（Bearer yj_…），或在浏览器里打开 /login 登录。"
            "密钥由管理员用 youju keys add 发放。"
        )


class NotAllowed(ServerError):
    status = 403
    title = "权限不够"

    def __init__(self, role: str, needed: str) -> None:
        super().__init__(f"这个密钥的权限是 {role}，此操作需要 {needed}。请向管理员要一个权限够的密钥。")


class OtherUser(ServerError):
    status = 403
    title = "需要密钥"

    def __init__(self) -> None:
        super().__init__(
            "这个服务还没有密钥，只对启动它的用户开放，而这个连接属于本机的另一个用户（或者已经断开）。"
            "请启动它的用户用 youju keys add 名称 --role read 发一个密钥，再在 Authorization 头里给出它（Bearer yj_…）。"
        )


class CrossSite(ServerError):
    status = 403
    title = "来源不允许"

    def __init__(self, origin: str) -> None:
        """`origin` is that of the page, empty where the browser has only said that it is another one."""
        super().__init__(
            f"请求来自别的网站的网页（Origin {origin!r}）。请在本服务自己的网页里操作；程序请用 Authorization: Bearer；"
            "要允许某个网站，请管理员在设置 origins 里写上它。"
        )


class TooManyRequests(Throttled):
    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(f"这个密钥一分钟最多 {limit} 个请求。请在 {retry_after} 秒后再试。", retry_after)


class TooManyWaiting(Throttled):
    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(
            f"这个密钥已有 {waiting} 个问题在排队，不能再占更多位置。请在 {retry_after} 秒后再试。", retry_after
        )


class TooMuchUploaded(Throttled):
    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(
            f"这个密钥一天最多上传 {limit / 1e6:,.0f} MB，今天的已经用完。请明天再传，或请管理员调高设置 upload_megabytes_per_day。",
            retry_after,
        )


class TooManyLogins(Throttled):
    def __init__(self, retry_after: int) -> None:
        super().__init__(f"登录失败的次数太多。请在 {retry_after} 秒后再试。", retry_after)


class BadKeyName(ServerError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"密钥的名称 {name!r} 不可用：请用 1 到 64 个字，可以有汉字、字母、数字和 . _ - @，不能有空格。"
        )


class KeyExists(ServerError):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"已经有名为 {name} 的密钥。请换一个名称；要换密钥时，先用新的名称发一个，再用 youju keys revoke {name} 作废旧的。"
        )


class UnknownKey(ServerError):
    def __init__(self, name: str, known: list[str]) -> None:
        there = f"现有：{'、'.join(known)}" if known else "现在一个密钥也没有"
        super().__init__(f"没有名为 {name} 的有效密钥。{there}。")
