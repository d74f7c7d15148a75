"""Settings: defaults here, then youju.toml, then YOUJU_* variables; an unknown key or a bad value stops.

Only the composition roots (`server.cli`, `server.api.app`) import this.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.limits import Limits
from server.errors import BadSetting
from server.installation import Installation
from server.platform import data_folder, physical_cores

ROOT = Path(__file__).parent.parent
PREFIX = "YOUJU_"


class Settings(BaseModel):
    """Every setting with its default; the description is its documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(default_factory=data_folder, description="数据文件夹：索引和对话都在里面")
    models: Path = Field(default=ROOT / "models", description="模型文件夹")
    model_list: Path = Field(default=ROOT / "models.txt", description="模型清单")
    llm: Literal["llm", "llm-small"] = Field(default="llm", description="用清单中的哪个语言模型")
    threads: int = Field(default_factory=physical_cores, ge=1, le=256, description="计算线程数，默认为物理核数")
    host: str = Field(default="127.0.0.1", description="服务绑定的地址，只能是本机地址")
    port: int = Field(default=7860, ge=1, le=65535, description="服务的端口")
    queue: int = Field(default=16, ge=1, le=1000, description="最多排队的问题数，超过时答复 503")
    deadline: int = Field(default=120, ge=1, le=86400, description="一个问题最多答多少秒（含排队），超过时停止")
    parse_seconds: int = Field(default=120, ge=1, le=86400, description="读一个文件时，多少秒没有进展就放弃")
    parse_megabytes: int = Field(default=2048, ge=256, le=1048576, description="读一个文件最多用多少 MB 内存")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="warning", description="日志级别")

    def installation(self) -> Installation:
        """What the other modules receive."""
        return Installation(
            self.data, self.models, self.model_list, self.llm, self.threads, self.queue,
            Limits(idle_seconds=self.parse_seconds, megabytes=self.parse_megabytes),
        )  # fmt: skip


def load(environment: Mapping[str, str] = os.environ, file: Path = Path("youju.toml")) -> Settings:
    """Read the settings; raises BadSetting with key, value and cure."""
    values: dict[str, Any] = {}
    if file.is_file():
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadSetting(str(file), "", f"不是有效的 TOML（{error}）") from error
    for name, value in environment.items():
        if name.upper().startswith(PREFIX) and value != "":
            values[name[len(PREFIX) :].lower()] = value
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            known = "、".join(Settings.model_fields)
            raise BadSetting(key, first["input"], f"没有这个设置，可用的有：{known}") from error
        description = Settings.model_fields[key].description
        raise BadSetting(key, first["input"], f"{first['msg']}（{description}）") from error
