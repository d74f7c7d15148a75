"""Settings: defaults here, then a file, then YOUJU_* variables; an unknown key or a bad value stops.

The file is the one that YOUJU_CONFIG names, else youju.toml in the program's folder. One in the current folder is not
read: that folder may be an archive somebody else has packed, and the settings choose data, models and addresses.
Only the composition roots (`server.cli`, `server.api.app`) import this.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ingest.limits import Limits
from server.errors import BadSetting
from server.installation import Installation, Retention
from server.platform import data_folder, physical_cores
from server.policy import Policy

ROOT = Path(__file__).parent.parent
PREFIX = "YOUJU_"
KEY = "YOUJU_KEY"
"""The variable in which programs that call a server keep their key: no setting."""
CONFIG = "YOUJU_CONFIG"
"""The variable that names the file of settings: no setting itself."""
FILE = "youju.toml"
PATHS = ("data", "models", "model_list", "tls_cert", "tls_key")


def _separate(value: Any) -> Any:
    """A list as it is written in a variable: with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Origin = Annotated[str, Field(pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$|^https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?$")]
Names = Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9A-Za-z.:/*-]+$")], ...], BeforeValidator(_separate)]
Aliases = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._:/@-]{0,199}$")], ...], BeforeValidator(_separate)
]
Origins = Annotated[tuple[Origin, ...], BeforeValidator(_separate)]


class Settings(BaseModel):
    """Every setting with its default; the description is its documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(default_factory=data_folder, description="数据文件夹：索引和对话都在里面")
    models: Path = Field(default=ROOT / "models", description="模型文件夹")
    model_list: Path = Field(default=ROOT / "models.txt", description="模型清单")
    llm: Literal["llm", "llm-small"] = Field(default="llm", description="用清单中的哪个语言模型")
    threads: int = Field(default_factory=physical_cores, ge=1, le=256, description="计算线程数，默认为物理核数")
    host: str = Field(default="127.0.0.1", description="服务绑定的地址；还没有密钥时只能是本机地址")
    port: int = Field(default=7860, ge=1, le=65535, description="服务的端口")
    tls_cert: Path | None = Field(
        default=None, description="证书文件（PEM，含中间证书）；与 tls_key 一起给出时用 HTTPS"
    )
    tls_key: Path | None = Field(default=None, description="证书的私钥文件（PEM，不加密）")
    origins: Origins = Field(
        default=(), description="还允许哪些网站的网页带密钥调用接口，如 https://oa.example.gov.cn；有密钥时才起作用"
    )
    proxies: Names = Field(
        default=("127.0.0.1", "::1"), description="哪些地址的反向代理可信，采用它们给出的来访地址和协议"
    )
    session_hours: int = Field(default=168, ge=1, le=8760, description="网页登录后多少小时要重新登录")
    requests_per_minute: int = Field(default=300, ge=1, le=1000000, description="每个密钥一分钟最多多少个请求")
    queue_per_key: int = Field(
        default=8, ge=1, le=1000, description="每个密钥最多有多少个问题同时在答或排队，超过时答复 429"
    )
    upload_megabytes_per_day: int = Field(default=2000, ge=1, le=100000000, description="每个密钥一天最多上传多少 MB")
    upload_megabytes: int = Field(default=256, ge=1, le=256, description="上传的一个文件最大多少 MB，超过时答复 413")
    request_megabytes: int = Field(
        default=2048, ge=1, le=1048576, description="一次上传的所有文件总共最大多少 MB，超过时答复 413"
    )
    queued_files_per_key: int = Field(
        default=10000, ge=1, le=10000000, description="每个密钥最多有多少个上传的文件在等待索引，超过时答复 429"
    )
    queue: int = Field(default=16, ge=1, le=1000, description="最多排队的问题数，超过时答复 503")
    deadline: int = Field(default=120, ge=1, le=86400, description="一个问题最多答多少秒（含排队），超过时停止")
    parse_seconds: int = Field(default=120, ge=1, le=86400, description="读一个文件时，多少秒没有进展就放弃")
    parse_total_seconds: int = Field(
        default=7200, ge=1, le=864000, description="读取和索引一个文件总共最多多少秒，超过时这个文件记为失败"
    )
    parse_member_seconds: int = Field(
        default=1800, ge=1, le=864000, description="读取和索引压缩包里的一个文件总共最多多少秒，超过时这个文件记为失败"
    )
    parse_archive_seconds: int = Field(
        default=43200, ge=1, le=8640000, description="处理一个压缩包总共最多多少秒，超过时里面剩下的文件记为失败"
    )
    parse_megabytes: int = Field(default=2048, ge=256, le=1048576, description="读一个文件最多用多少 MB 内存")
    free_megabytes: int = Field(
        default=200, ge=0, le=1048576,
        description="数据所在磁盘的剩余空间低于多少 MB 时，/api/ready 答复 503，上传答复 507",
    )  # fmt: skip
    shutdown_seconds: int = Field(
        default=10, ge=0, le=3600, description="停止时最多用多少秒把正在回答的问题答完，之后中止"
    )
    keep_questions: Literal["never", "local", "always"] = Field(
        default="local",
        description="统计里是否留问题原文：never 只留次数，local 只留在没有密钥的本机上问的，always 都留；保存的对话不受影响",
    )
    keep_jobs_days: int = Field(
        default=90, ge=0, le=36500, description="上传任务结束后，任务和每个文件的结果保留多少天；0 为一直保留"
    )
    keep_audit_days: int = Field(default=365, ge=0, le=36500, description="审计记录保留多少天；0 为一直保留")
    keep_statistics_days: int = Field(
        default=365, ge=0, le=36500, description="统计用的提问记录保留多少天；0 为一直保留"
    )
    keep_conversations_days: int = Field(
        default=0, ge=0, le=36500, description="保存的对话在最后一次提问或改名后保留多少天；0 为一直保留"
    )
    model_aliases: Aliases = Field(
        default=(), description="/v1 还用哪些模型名答复，如 gpt-4o-mini，给不能改模型名的客户端；列在 /v1/models 里"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="日志级别")
    log_format: Literal["text", "json"] = Field(default="text", description="日志一行一条：text 给人看，json 给程序看")
    log_questions: bool = Field(default=False, description="true 时日志里有问题和错误的原文；默认没有")

    def installation(self) -> Installation:
        """What the other modules receive."""
        return Installation(
            self.data, self.models, self.model_list, self.llm, self.threads, self.queue,
            Limits(
                self.parse_seconds, self.parse_total_seconds, self.parse_megabytes, self.parse_member_seconds,
                self.parse_archive_seconds,
            ),
            Retention(
                self.keep_jobs_days, self.keep_audit_days, self.keep_statistics_days, self.keep_conversations_days
            ),
        )  # fmt: skip

    def policy(self, loopback: bool) -> Policy:
        """What the API enforces; `loopback`: whether `host` is this machine alone."""
        return Policy(
            loopback, self.origins, self.session_hours * 3600, self.requests_per_minute, self.queue_per_key,
            self.upload_megabytes_per_day * 1_000_000, self.upload_megabytes, self.request_megabytes, self.keep_questions,
            self.queued_files_per_key, self.model_aliases,
        )  # fmt: skip


def settings_file(environment: Mapping[str, str], root: Path = ROOT) -> Path | None:
    """The file that the settings are read from, None where there is none; raises BadSetting where a named one is not
    there. `root` is the program's folder."""
    named = environment.get(CONFIG, "")
    if named and not Path(named).is_file():
        raise BadSetting(CONFIG, named, "没有这个文件。请检查路径，或去掉 --config 和这个变量")
    own = root / FILE
    return Path(named) if named else own if own.is_file() else None


def ignored_file(environment: Mapping[str, str], folder: Path, root: Path = ROOT) -> Path | None:
    """The youju.toml in `folder` where the settings are not read from it."""
    file, used = folder / FILE, settings_file(environment, root)
    return file if file.is_file() and (used is None or not file.samefile(used)) else None


def load(environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> Settings:
    """Read the settings; raises BadSetting with key, value and cure."""
    values: dict[str, Any] = {}
    file = settings_file(environment, root)
    if file is not None:
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadSetting(str(file), "", f"不是有效的 TOML（{error}）") from error
        except OSError as error:
            raise BadSetting(str(file), "", f"文件打不开（{error.strerror}）。请检查它的权限") from error
        # Paths in the file are meant from where it lies, whatever folder a command is run in.
        values |= {name: file.parent / values[name] for name in PATHS if isinstance(values.get(name), str)}
    for name, value in environment.items():
        if name.upper().startswith(PREFIX) and name.upper() not in (KEY, CONFIG) and value != "":
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
