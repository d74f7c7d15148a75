"""What is wrong with a request before it reaches a route's own code: what the framework finds, and what nobody foresaw."""

from server.errors import ServerError


class UnreadableRequest(ServerError):
    status = 400
    code = "unreadable_request"
    title, title_en = "请求无法解析", "Unreadable request"
    zh = "请求的正文无法解析。请检查它是否完整、编码是否为 UTF-8、嵌套是否太深。"
    en = "The request's body cannot be read. Check that it is complete, encoded as UTF-8 and not nested too deeply."


class UnknownPath(ServerError):
    status = 404
    code = "unknown_path"
    title, title_en = "没有这个地址", "No such address"
    zh = "没有这个地址。请检查路径；全部接口见 /api/docs。"
    en = "There is nothing at this address. Check the path; /api/docs lists all of them."


class MethodNotAllowed(ServerError):
    status = 405
    code = "method_not_allowed"
    title, title_en = "不支持这个方法", "Method not allowed"
    zh = "这个地址不支持这个方法，可用的方法见 Allow 响应头。"
    en = "This address does not take this method; the Allow header names those it takes."


class NotAcceptable(ServerError):
    status = 406
    code = "not_acceptable"
    title, title_en = "没有可接受的格式", "Not acceptable"
    zh = "没有可接受的格式。请检查 Accept 请求头，或不要发送它。"
    en = "There is no acceptable format. Check the Accept header, or send none."


class NotJson(ServerError):
    status = 415
    code = "not_json"
    title, title_en = "内容类型不支持", "Unsupported media type"
    zh = "这个地址只接受 JSON。请把 Content-Type 设为 application/json。"
    en = "This address takes JSON alone. Set Content-Type to application/json."


class InvalidRequest(ServerError):
    """Faults of a body or of parameters; `errors` of the problem names each."""

    status = 422
    code = "invalid_request"
    title, title_en = "请求不可用", "Invalid request"
    zh = "请求不可用。请对照接口文档（/api/docs）检查。"
    en = "The request cannot be used. Check it against /api/docs."


class Unforeseen(ServerError):
    """What no class foresees; what it was stands in the log alone."""

    code = "internal_error"
    zh = "服务出错了，请重试；若反复出现，请按 request_id 查看日志。"
    en = "The server failed. Try again; if it keeps failing, look into its log by request_id."


class RequestRefused(ServerError):
    """A refusal of the framework that has no class of its own; it has the framework's status."""

    status = 400
    code = "request_refused"
    title, title_en = "请求不可用", "Invalid request"
    zh = InvalidRequest.zh
    en = InvalidRequest.en


KINDS: tuple[type[ServerError], ...] = (
    UnreadableRequest, UnknownPath, MethodNotAllowed, NotAcceptable, NotJson, InvalidRequest, Unforeseen,
)  # fmt: skip
OF_STATUS = {kind.status: kind for kind in KINDS}


def of_status(status: int) -> ServerError:
    """The error for a status that the framework gives."""
    if status in OF_STATUS:
        return OF_STATUS[status]()
    error = RequestRefused() if status < 500 else Unforeseen()
    error.status = status
    return error
