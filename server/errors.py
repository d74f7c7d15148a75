"""What can go wrong in the server and the command line, one class a cause; each carries its HTTP status."""

from pathlib import Path


class ServerError(Exception):
    """The base of this room's errors."""

    status = 500
    title = "内部错误"
    retry_after: int | None = None
    """Seconds after which it is worth trying again, where waiting helps."""


class BadSetting(ServerError):
    def __init__(self, key: str, value: object, cure: str) -> None:
        super().__init__(f"设置 {key} = {value!r} 不可用：{cure}")


class BadQuestion(ServerError):
    status = 422
    title = "问题不可用"


class EmptyQuestion(BadQuestion):
    def __init__(self) -> None:
        super().__init__("问题是空的。请输入一个问题，例如：海沧2023年计划竣工几个项目")


class QuestionTooLong(BadQuestion):
    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"问题太长（{length:,} 字，上限 {limit:,} 字）。请只问一件事，长文请先添加为文档。")


class TooBusy(ServerError):
    status = 503
    title = "正忙"

    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(f"已有 {waiting} 个问题在排队，暂不接受新的问题。请在 {retry_after} 秒后再试。")
        self.retry_after = retry_after


class TooSlow(ServerError):
    status = 504
    title = "超时"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} 秒内没有答完，已经停止。请把问题问得更具体，或稍后再试。")


class NotReady(ServerError):
    status = 503
    title = "尚未就绪"
    retry_after: int | None = 5

    def __init__(self) -> None:
        super().__init__("模型和索引正在载入，请几秒后再试。")


class ForeignOrigin(ServerError):
    status = 403
    title = "来源不允许"

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"请求的 {name} 是 {value!r}，本机服务只接受来自本机页面和程序的请求。")


class UnsafeAddress(ServerError):
    def __init__(self, host: str) -> None:
        super().__init__(
            f"还没有访问密钥，{host} 会让别的机器不经许可就读到资料。"
            "请先用 youju keys add 名称 --role read 发一个密钥，或用 --host 127.0.0.1 只绑定本机。"
        )


class BadCertificate(ServerError):
    def __init__(self, fault: str, cure: str) -> None:
        super().__init__(f"证书不可用：{fault}。{cure}。")


class PortInUse(ServerError):
    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"端口 {host}:{port} 已被占用。请先停止占用它的程序，或用 --port 换一个端口。")


class ModelMissing(ServerError):
    def __init__(self, name: str, path: Path) -> None:
        super().__init__(f"模型 {name} 还没有（{path}）。请先运行 youju models pull。")


class ModelBroken(ServerError):
    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(
            f"模型 {path} 无法载入：{fault}。请运行 youju models verify 检查，再用 youju models pull 重新获取。"
        )


class BadCases(ServerError):
    status = 422
    title = "评测文件不可用"

    def __init__(self, path: Path | str, fault: str) -> None:
        super().__init__(f"评测文件 {path} 不可用：{fault}")


class BadModelList(ServerError):
    def __init__(self, path: Path, line: int, fault: str) -> None:
        super().__init__(f"{path} 第 {line} 行：{fault}。格式见该文件开头的说明。")


class UnknownModel(ServerError):
    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"models.txt 里没有名为 {name} 的模型。可选：{'、'.join(known)}。")


class SourceFailed(ServerError):
    """One source of a model did not deliver; the next one is tried."""


class NoNetwork(SourceFailed):
    def __init__(self, source: str, fault: str) -> None:
        super().__init__(
            f"连不上 {source}（{fault}）。请检查网络、代理和 pip 镜像设置；无网的机器请用 make bundle 做的安装包。"
        )


class NoSuchPackage(SourceFailed):
    def __init__(self, requirement: str) -> None:
        super().__init__(
            f"软件源里没有 {requirement}。请检查 pip 的镜像是否完整（pip config list），或换用官方软件源。"
        )


class WrongHash(SourceFailed):
    def __init__(self, path: Path, expected: str, found: str) -> None:
        super().__init__(
            f"{path} 的 SHA-256 不对：应为 {expected}，实为 {found}。文件已弃用；请重试，或检查镜像是否被改动。"
        )


class DiskFull(ServerError):
    def __init__(self, folder: Path, needed: int, free: int) -> None:
        super().__init__(
            f"{folder} 的剩余空间不足：需要约 {needed / 1e9:.1f} GB，现有 {free / 1e9:.1f} GB。"
            "请清理磁盘，或用 YOUJU_MODELS 指向别的磁盘。"
        )


class AllSourcesFailed(ServerError):
    def __init__(self, name: str, faults: list[str]) -> None:
        super().__init__(f"模型 {name} 没有取到：\n" + "\n".join(f"  {i}. {f}" for i, f in enumerate(faults, 1)))


class FolderIsGone(ServerError):
    """A folder that is to be followed is not there: a disk that is not connected looks so too."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}：没有这个文件夹。索引没有改动。请检查路径，或先连接它所在的磁盘。")


class FolderIsEmpty(ServerError):
    """A folder that held documents holds nothing now."""

    def __init__(self, folder: Path, known: int) -> None:
        super().__init__(
            f"{folder} 里一个文件也没有，而索引里有 {known} 个文件来自这里，所以没有改动。"
            "请检查磁盘是否已连接；若确实清空了，请用 youju sync --empty。"
        )


class Ending(ServerError):
    """The server was told to stop: what runs is finished, nothing new is begun."""

    status = 503
    title = "正在停止"
    retry_after: int | None = 10

    def __init__(self) -> None:
        super().__init__("服务正在停止，不再接受新的问题，没有答完的已经结束。请在它重新启动后再试。")


class TooLarge(ServerError):
    status = 413
    title = "请求太大"

    def __init__(self, limit: int) -> None:
        super().__init__(f"请求的正文超过 {limit / 1e6:.0f} MB。请减少内容，长文请先添加为文档。")
