"""What can go wrong with uploads, jobs and original files; each error carries its HTTP status and code."""

from ingest.bilingual import Text
from server.access_errors import Throttled
from server.errors import ServerError

FORM = Text(
    "请以 multipart/form-data 上传，每个文件一段，字段名 {field}，例如 curl -F '{field}=@要点.pdf'。",
    " Upload as multipart/form-data with one part a file, each named {field}, for example curl -F '{field}=@report.pdf'.",
)

QUEUED_RETRY_SECONDS = 60


class NotMultipart(ServerError):
    status = 415
    code = "not_multipart"
    title, title_en = "内容类型不支持", "Unsupported media type"
    zh = "请求的 Content-Type 不是带 boundary 的 multipart/form-data。" + FORM.zh
    en = "The request's Content-Type is not multipart/form-data with a boundary." + FORM.en

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class BadMultipart(ServerError):
    status = 400
    code = "bad_multipart"
    title, title_en = "请求无法解析", "Unreadable request"
    zh = "上传的正文读不通：{fault}。没有保存任何文件，请重新上传。"
    en = "The uploaded body cannot be read: {fault}. No file was saved; upload again."

    def __init__(self, fault: Text) -> None:
        super().__init__(fault=fault)


class WrongField(ServerError):
    status = 422
    code = "wrong_field"
    title, title_en = "请求不可用", "Invalid request"
    zh = "没有名为 {name!r} 的字段。" + FORM.zh
    en = "There is no field named {name!r}." + FORM.en

    def __init__(self, name: str, field: str) -> None:
        super().__init__(name=name[:100], field=field)


class NoFiles(ServerError):
    status = 422
    code = "no_files"
    title, title_en = "请求不可用", "Invalid request"
    zh = "请求里没有文件。" + FORM.zh
    en = "The request holds no file." + FORM.en

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class OneFileOnly(ServerError):
    status = 422
    code = "one_file_only"
    title, title_en = "只能是一个文件", "One file only"
    zh = "替换一份文档要且只要一个文件，而且不能是压缩包。请只上传新版本的那一个文件。"
    en = "A document is replaced by exactly one file, which cannot be an archive. Upload the file of the new version alone."


class TooManyFiles(ServerError):
    status = 413
    code = "too_many_files"
    title, title_en = "文件太多", "Too many files"
    zh = "一次最多上传 {limit:,} 个文件。请分几次上传，或用 youju add 文件夹。"
    en = "An upload takes at most {limit:,} files. Upload in several steps, or use youju add FOLDER."

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)


class FileTooLarge(ServerError):
    status = 413
    code = "file_too_large"
    title, title_en = "文件太大", "File too large"
    zh = "{name}：文件超过 {megabytes:,} MB（设置 upload_megabytes）。请拆分，或由管理员用 youju add 添加。"
    en = (
        "{name}: the file is larger than {megabytes:,} MB (setting upload_megabytes). "
        "Split it, or have the administrator add it with youju add."
    )

    def __init__(self, name: str, megabytes: int) -> None:
        super().__init__(name=name, megabytes=megabytes)


class UploadTooLarge(ServerError):
    status = 413
    code = "upload_too_large"
    title, title_en = "上传太大", "Upload too large"
    zh = "一次上传的总量超过 {megabytes:,} MB（设置 request_megabytes）。请分几次上传。"
    en = "The upload is larger than {megabytes:,} MB in all (setting request_megabytes). Upload in several steps."

    def __init__(self, megabytes: int) -> None:
        super().__init__(megabytes=megabytes)


class NoRoom(ServerError):
    status = 507
    code = "disk_full"
    title, title_en = "磁盘空间不足", "No room on the disk"
    zh = "上传的文件写不进数据文件夹（{fault}）。请管理员检查磁盘空间和权限，然后重新上传。"
    en = (
        "The uploaded file cannot be written into the data folder ({fault}). "
        "The administrator checks free space and permissions; then upload again."
    )

    def __init__(self, fault: str | Text) -> None:
        super().__init__(fault=fault)


class DiskNearlyFull(ServerError):
    """Taking the upload in would leave less free than the setting `free_megabytes`."""

    status = 507
    code = "disk_nearly_full"
    title, title_en = "磁盘空间不足", "No room on the disk"
    zh = (
        "数据所在的磁盘只剩 {free:,.0f} MB，这次上传还要 {size:,.1f} MB，而设置 free_megabytes 要求至少留下 {floor:,.0f} MB。"
        "没有保存任何文件。请管理员清理磁盘后重新上传。"
    )
    en = (
        "The data's disk has {free:,.0f} MB left; this upload takes another {size:,.1f} MB, and the setting "
        "free_megabytes wants at least {floor:,.0f} MB to stay free. No file was kept. The administrator frees some "
        "space; then upload again."
    )

    def __init__(self, free: int, size: int, floor: int) -> None:
        """All in bytes."""
        super().__init__(free=free / 1e6, size=size / 1e6, floor=floor / 1e6)


class TooManyQueued(Throttled):
    """A key has as many files waiting as it may have."""

    code = "too_many_files_queued"
    zh = (
        "这个密钥已有 {waiting:,} 个文件在等待索引，再加 {new:,} 个就超过 {limit:,} 个（设置 queued_files_per_key）。"
        "没有保存任何文件。请在 {retry_after} 秒后再试，进度见 GET /api/jobs。"
    )
    en = (
        "{waiting:,} files of this key wait to be indexed; {new:,} more would exceed {limit:,} (setting "
        "queued_files_per_key). No file was kept. Try again in {retry_after} seconds; GET /api/jobs tells the progress."
    )

    def __init__(self, waiting: int, new: int, limit: int) -> None:
        super().__init__(QUEUED_RETRY_SECONDS, waiting=waiting, new=new, limit=limit)


class KeyReused(ServerError):
    status = 422
    code = "idempotency_key_reused"
    title, title_en = "幂等键已用过", "Idempotency key used before"
    zh = "这个 Idempotency-Key 24 小时内已经用于别的内容。请为这次上传换一个新的。"
    en = "This Idempotency-Key was used for another content within 24 hours. Take a new one for this upload."


class UnknownJob(ServerError):
    status = 404
    code = "unknown_job"
    title, title_en = "没有这个任务", "No such job"
    zh = "没有编号为 {job_id} 的任务，或者它不属于您。可用 GET /api/jobs 查看。"
    en = "There is no job with the id {job_id}, or it is not yours. See GET /api/jobs."

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id=job_id[:100])


class OriginalGone(ServerError):
    status = 404
    code = "original_gone"
    title, title_en = "原文件已不在", "Original file gone"
    zh = "{name}：原来的文件已被移走或删除，只有读出的文字还在（GET /api/documents/编号/text）。"
    en = "{name}: the file was moved or deleted; only its text is left (GET /api/documents/ID/text)."

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


class OriginalChanged(ServerError):
    status = 409
    code = "original_changed"
    title, title_en = "原文件已改动", "Original file changed"
    zh = "{name}：文件在添加之后被改动过，不再是索引里的这一份。请用 youju add 或 youju sync 更新索引。"
    en = "{name}: the file has changed since it was added. Bring the index up to date with youju add or youju sync."

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


class BadRange(ServerError):
    status = 416
    code = "bad_range"
    title, title_en = "范围不可用", "Range not satisfiable"
    zh = "请求的范围不在文件之内。文件共 {size:,} 字节。"
    en = "The requested range is not within the file, which has {size:,} bytes."

    def __init__(self, size: int) -> None:
        super().__init__(size=size)
        self.size = size


class CannotIndex(ServerError):
    """The process that indexes cannot be started; `passing`: for a reason that may pass by itself. Told as the reason
    of a file that failed, never answered over HTTP."""

    code = "cannot_index"
    title, title_en = "无法建立索引", "Cannot index"
    zh = "索引程序无法启动：{fault}"
    en = "The program that indexes cannot be started: {fault}"

    def __init__(self, fault: str, passing: bool = False) -> None:
        super().__init__(fault=fault)
        self.passing = passing


class Unpacking(ServerError):
    status = 503
    code = "unpacking"
    title, title_en = "正忙", "Busy"
    retry_after = 5
    zh = "正在为别的请求解开压缩包。请几秒后再试。"
    en = "An archive is being unpacked for another request. Try again in a few seconds."
