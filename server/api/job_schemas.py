"""What goes over the wire about jobs and their files."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from server.api.reasons import reason_out
from server.ledger.jobs import Job, Kind, Line, Result, State

JobId = Annotated[str, Field(description="任务编号", examples=["9f3c1a2b4d5e6f70"])]
STATES = "queued 排队，running 正在处理，done 完成，failed 全部失败，cancelled 已取消"
EXAMPLE: dict[str, Any] = {
    "id": "9f3c1a2b4d5e6f70", "kind": "add", "replaces": None, "state": "running",
    "created_at": "2026-11-22T20:30:00Z", "started_at": "2026-11-22T20:30:01Z", "ended_at": None,
    "files": 200, "files_ended": 57, "bytes": 4194304, "bytes_ended": 1203200, "results": {"added": 56, "failed": 1},
}  # fmt: skip


class JobOut(BaseModel):
    """A job: files that were uploaded together."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    kind: Kind = Field(description="add 添加，replace 以新版本替换一份文档")
    replaces: str | None = Field(description="被替换的文档")
    state: State = Field(description=STATES)
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    files: int = Field(ge=1, description="上传了多少个文件")
    files_ended: int = Field(ge=0, description="其中多少个已有结果")
    bytes: int = Field(ge=0)
    bytes_ended: int = Field(ge=0, description="其中处理了多少字节，含正在处理的文件已读的部分")
    results: dict[str, int] = Field(description="各种结果的个数，压缩包按里面的文件计")


class LineOut(BaseModel):
    """What became of one file, or of one file inside an archive."""

    number: int = Field(ge=1, description="上传时的次序；压缩包里的文件与压缩包相同")
    name: str = Field(description="客户端给的名称，含文件夹；压缩包里的文件在压缩包名之后")
    bytes: int | None = Field(description="压缩包里的文件为 null")
    state: State = Field(description=STATES)
    result: Result | None = Field(
        description="added 新增，updated 替换了旧版本，unchanged 与被替换的相同，duplicate 已有相同内容的文档，"
        "unpacked 是压缩包，skipped 压缩包里格式不支持的文件，failed 失败"
    )
    document_id: str | None
    code: str | None = Field(description="失败的原因代码：encrypted、damaged、empty、unsupported、crashed 等")
    reason: str | None = Field(description="失败的原因和办法")
    started_at: datetime | None
    ended_at: datetime | None


class JobDetailOut(JobOut):
    lines: list[LineOut] = Field(description="每个文件的结果，分页")
    total: int = Field(ge=0, description="共有多少行")


class JobsOut(BaseModel):
    jobs: list[JobOut]
    total: int = Field(ge=0)


def job_out(job: Job) -> JobOut:
    return JobOut(
        id=job.id, kind=job.kind, replaces=job.replaces, state=job.state, created_at=_time(job.created),
        started_at=_maybe(job.started), ended_at=_maybe(job.ended), files=job.files, files_ended=job.files_ended,
        bytes=job.size, bytes_ended=job.size_ended, results=job.results,
    )  # fmt: skip


def job_detail_out(job: Job, lines: list[Line], total: int) -> JobDetailOut:
    return JobDetailOut(**job_out(job).model_dump(), lines=[line_out(line) for line in lines], total=total)


def line_out(line: Line) -> LineOut:
    return LineOut(
        number=line.number, name=line.name, bytes=line.size, state=line.state, result=line.result,
        document_id=line.document_id, code=line.code,
        reason=line.reason and reason_out(line.reason),
        started_at=_maybe(line.started), ended_at=_maybe(line.ended),
    )  # fmt: skip


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _maybe(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)
