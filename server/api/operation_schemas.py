"""What /api/health and /api/ready say."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from server.api.schemas import Problem


class HealthOut(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: Literal["ok"]


class CheckOut(BaseModel):
    name: Literal["accepting", "loaded", "index", "model", "disk"] = Field(
        description="accepting 没有在停止，loaded 已载入，index 索引可检索，model 模型线程在工作，disk 磁盘可写且有余量",
        examples=["index"],
    )
    ok: bool
    sentence: str | None = Field(
        description="现状，或该怎么办；请求没有带密钥时为 null", examples=["索引里有 4 份文档，可以检索。"]
    )


class ReadyOut(BaseModel):
    """To a stranger only whether it is ready: the rest is null."""

    status: Literal["ready"]
    documents: int | None = Field(ge=0, description="索引里的文档数", examples=[4])
    chunks: int | None = Field(ge=0, description="索引里的段落数", examples=[120])
    model: str | None = Field(description="语言模型的名称", examples=["qwen2.5-coder-1.5b-instruct-q4_k_m"])
    checks: list[CheckOut] = Field(description="各项检查，此时全部通过")


class NotReadyOut(Problem):
    """A problem with every check, those that hold too."""

    checks: list[CheckOut] = Field(description="各项检查，ok 为 false 的是缺的")
