"""What can go wrong with uploads, jobs and original files; each error carries its HTTP status."""

from server.access_errors import Throttled
from server.errors import ServerError

FORM = "请以 multipart/form-data 上传，每个文件一段，字段名 {field}，例如 curl -F '{field}=@要点.pdf'。"

QUEUED_RETRY_SECONDS = 60


class NotMultipart(ServerError):
    status = 415
    title = "内容类型不支持"

    def __init__(self, field: str) -> None:
        super().__init__("请求的 Content-Type 不是带 boundary 的 multipart/form-data。" + FORM.format(field=field))


class BadMultipart(ServerError):
    status = 400
    title = "请求无法解析"

    def __init__(self, fault: str) -> None:
        super().__init__(f"上传的正文读不通：{fault}。没有保存任何文件，请重新上传。")


class WrongField(ServerError):
    status = 422
    title = "请求不可用"

    def __init__(self, name: str, field: str) -> None:
        super().__init__(f"没有名为 {name[:100]!r} 的字段。" + FORM.format(field=field))


class NoFiles(ServerError):
    status = 422
    title = "请求不可用"

    def __init__(self, field: str) -> None:
        super().__init__("请求里没有文件。" + FORM.format(field=field))


class OneFileOnly(ServerError):
    status = 422
    title = "只能是一个文件"

    def __init__(self) -> None:
        super().__init__("替换一份文档要且只要一个文件，而且不能是压缩包。请只上传新版本的那一个文件。")


class TooManyFiles(ServerError):
    status = 413
    title = "文件太多"

    def __init__(self, limit: int) -> None:
        super().__init__(f"一次最多上传 {limit:,} 个文件。请分几次上传，或用 youju add 文件夹。")


class FileTooLarge(ServerError):
    status = 413
    title = "文件太大"

    def __init__(self, name: str, megabytes: int) -> None:
        super().__init__(
            f"{name}：文件超过 {megabytes:,} MB（设置 upload_megabytes）。请拆分，或由管理员用 youju add 添加。"
        )


class UploadTooLarge(ServerError):
    status = 413
    title = "上传太大"

    def __init__(self, megabytes: int) -> None:
        super().__init__(f"一次上传的总量超过 {megabytes:,} MB（设置 request_megabytes）。请分几次上传。")


class NoRoom(ServerError):
    status = 507
    title = "磁盘空间不足"

    def __init__(self, fault: str) -> None:
        super().__init__(f"上传的文件写不进数据文件夹（{fault}）。请管理员检查磁盘空间和权限，然后重新上传。")


class DiskNearlyFull(ServerError):
    """Taking the upload in would leave less free than the setting `free_megabytes`."""

    status = 507
    title = "磁盘空间不足"

    def __init__(self, free: int, size: int, floor: int) -> None:
        super().__init__(
            f"数据所在的磁盘只剩 {free / 1e6:,.0f} MB，这次上传还要 {size / 1e6:,.1f} MB，"
            f"而设置 free_megabytes 要求至少留下 {floor / 1e6:,.0f} MB。没有保存任何文件。请管理员清理磁盘后重新上传。"
        )


class TooManyQueued(Throttled):
    """A key has as many files waiting as it may have."""

    def __init__(self, waiting: int, new: int, limit: int) -> None:
        super().__init__(
            f"这个密钥已有 {waiting:,} 个文件在等待索引，再加 {new:,} 个就超过 {limit:,} 个（设置 queued_files_per_key）。"
            f"没有保存任何文件。请在 {QUEUED_RETRY_SECONDS} 秒后再试，进度见 GET /api/jobs。",
            QUEUED_RETRY_SECONDS,
        )


class KeyReused(ServerError):
    status = 422
    title = "幂等键已用过"

    def __init__(self) -> None:
        super().__init__("这个 Idempotency-Key 24 小时内已经用于别的内容。请为这次上传换一个新的。")


class UnknownJob(ServerError):
    status = 404
    title = "没有这个任务"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"没有编号为 {job_id[:100]} 的任务，或者它不属于您。可用 GET /api/jobs 查看。")


class OriginalGone(ServerError):
    status = 404
    title = "原文件已不在"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}：原来的文件已被移走或删除，只有读出的文字还在（GET /api/documents/编号/text）。")


class OriginalChanged(ServerError):
    status = 409
    title = "原文件已改动"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name}：文件在添加之后被改动过，不再是索引里的这一份。请用 youju add 或 youju sync 更新索引。"
        )


class BadRange(ServerError):
    status = 416
    title = "范围不可用"

    def __init__(self, size: int) -> None:
        super().__init__(f"请求的范围不在文件之内。文件共 {size:,} 字节。")
        self.size = size


class CannotIndex(ServerError):
    """The process that indexes cannot be started; `passing`: for a reason that may pass by itself."""

    def __init__(self, sentence: str, passing: bool = False) -> None:
        super().__init__(sentence)
        self.passing = passing


class Unpacking(ServerError):
    status = 503
    title = "正忙"
    retry_after = 5

    def __init__(self) -> None:
        super().__init__("正在为别的请求解开压缩包。请几秒后再试。")
