"""What can go wrong in the server and the command line, one class a cause; each carries its HTTP status and code."""

from pathlib import Path

from ingest.bilingual import BilingualError, Text


class ServerError(BilingualError):
    """The base of this room's errors. `code` is the name of the error in the API: it stays when the class is renamed."""

    status = 500
    code = "internal_error"
    title, title_en = "内部错误", "Internal error"
    pointer: str | None = None
    """Where in the request's body the fault stands, as a JSON Pointer (`/question`)."""
    retry_after: int | None = None
    """Seconds after which it is worth trying again, where waiting helps."""


class CommandError(ServerError):
    """The base of what commands alone raise: told on the terminal, in Chinese, and never answered over HTTP."""


class BadSetting(CommandError):
    def __init__(self, key: str, value: object, cure: str) -> None:
        super().__init__(f"设置 {key} = {value!r} 不可用：{cure}")


class BadQuestion(ServerError):
    """The base of what is wrong with a question."""

    status = 422
    title, title_en = "问题不可用", "Unusable question"
    pointer = "/question"


class EmptyQuestion(BadQuestion):
    code = "empty_question"
    zh = "问题是空的。请输入一个问题，例如：海沧2023年计划竣工几个项目"
    en = "The question is empty. Ask one, for example: 海沧2023年计划竣工几个项目"


class QuestionTooLong(BadQuestion):
    code = "question_too_long"
    zh = "问题太长（{length:,} 字，上限 {limit:,} 字）。请只问一件事，长文请先添加为文档。"
    en = (
        "The question is too long ({length:,} characters of at most {limit:,}). "
        "Ask one thing at a time; add a long text as a document."
    )

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(length=length, limit=limit)


class TooBusy(ServerError):
    status = 503
    code = "queue_full"
    title, title_en = "正忙", "Busy"
    zh = "已有 {waiting} 个问题在排队，暂不接受新的问题。请在 {retry_after} 秒后再试。"
    en = "{waiting} questions are waiting already and no more are taken. Try again in {retry_after} seconds."

    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(waiting=waiting, retry_after=retry_after)
        self.retry_after = retry_after


class TooSlow(ServerError):
    status = 504
    code = "timeout"
    title, title_en = "超时", "Timed out"
    zh = "{seconds:.0f} 秒内没有答完，已经停止。请把问题问得更具体，或稍后再试。"
    en = "The answer was not ready within {seconds:.0f} seconds and was stopped. Ask for less, or try again later."

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds=seconds)


class NotReady(ServerError):
    status = 503
    code = "not_ready"
    title, title_en = "尚未就绪", "Not ready"
    retry_after: int | None = 5
    zh = "模型和索引正在载入，请几秒后再试。"
    en = "The models and the index are being loaded. Try again in a few seconds."


class ForeignOrigin(ServerError):
    status = 403
    code = "not_this_machine"
    title, title_en = "来源不允许", "Origin not allowed"
    zh = "请求的 {name} 是 {value!r}，本机服务只接受来自本机页面和程序的请求。"
    en = (
        "The request's {name} is {value!r}; a server without keys answers only pages and programs of its own machine. "
        "Use an address of this machine, or make keys with youju keys add."
    )

    def __init__(self, name: str, value: str) -> None:
        super().__init__(name=name, value=value)


class UnsafeAddress(CommandError):
    def __init__(self, host: str) -> None:
        super().__init__(
            f"还没有访问密钥，{host} 会让别的机器不经许可就读到资料。"
            "请先用 youju keys add 名称 --role read 发一个密钥，或用 --host 127.0.0.1 只绑定本机。"
        )


class BadCertificate(CommandError):
    def __init__(self, fault: str, cure: str) -> None:
        super().__init__(f"证书不可用：{fault}。{cure}。")


class PortInUse(CommandError):
    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"端口 {host}:{port} 已被占用。请先停止占用它的程序，或用 --port 换一个端口。")


class ModelMissing(ServerError):
    code = "model_missing"
    title, title_en = "缺少模型", "Model missing"
    zh = "模型 {name} 还没有（{path}）。请先运行 youju models pull。"
    en = "The model {name} is not there ({path}). Run youju models pull first."

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name=name, path=path)


class ModelBroken(ServerError):
    code = "model_broken"
    title, title_en = "模型不可用", "Model broken"
    zh = "模型 {path} 无法载入：{fault}。请运行 youju models verify 检查，再用 youju models pull 重新获取。"
    en = (
        "The model {path} cannot be loaded: {fault}. "
        "Check it with youju models verify and get it again with youju models pull."
    )

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(path=path, fault=fault)


class ReaderBroken(ServerError):
    code = "reader_broken"
    title, title_en = "阅读模型不可用", "Reader broken"
    zh = "阅读模型 {path} 无法载入：{fault}。它随程序提供，请重新获取程序（git checkout 或重新下载）。"
    en = (
        "The reader {path} cannot be loaded: {fault}. It comes with the program: "
        "get the program again (git checkout or a new download)."
    )

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(path=path, fault=fault)


class CrashingBuild(ServerError):
    code = "crashing_build"
    title, title_en = "模型程序不可用", "Unusable build of llama.cpp"
    zh = (
        "llama-cpp-python 编译时带了 AMX 指令，它这部分代码会让程序崩溃。请运行 python3 -m pip cache remove llama_cpp_python，"
        "删除 .venv 文件夹，再运行 make setup 重新编译。"
    )
    en = (
        "llama-cpp-python was compiled with AMX, whose code in it crashes. Run python3 -m pip cache remove llama_cpp_python, "
        "delete the folder .venv, and run make setup to compile it again."
    )


class BadCases(ServerError):
    status = 422
    code = "bad_cases"
    title, title_en = "评测文件不可用", "Unusable cases"
    zh = "评测文件 {source} 不可用：{fault}"
    en = "The cases of {source} cannot be used: {fault}"

    def __init__(self, source: Path | str | Text, fault: str | Text) -> None:
        super().__init__(source=source, fault=fault)


class BadModelList(CommandError):
    def __init__(self, path: Path, line: int, fault: str) -> None:
        super().__init__(f"{path} 第 {line} 行：{fault}。格式见该文件开头的说明。")


class UnknownModel(CommandError):
    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"models.txt 里没有名为 {name} 的模型。可选：{'、'.join(known)}。")


class SourceFailed(CommandError):
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


class DiskFull(CommandError):
    def __init__(self, folder: Path, needed: int, free: int) -> None:
        super().__init__(
            f"{folder} 的剩余空间不足：需要约 {needed / 1e9:.1f} GB，现有 {free / 1e9:.1f} GB。"
            "请清理磁盘，或用 YOUJU_MODELS 指向别的磁盘。"
        )


class AllSourcesFailed(CommandError):
    def __init__(self, name: str, faults: list[str]) -> None:
        super().__init__(f"模型 {name} 没有取到：\n" + "\n".join(f"  {i}. {f}" for i, f in enumerate(faults, 1)))


class FolderIsGone(CommandError):
    """A folder that is to be followed is not there: a disk that is not connected looks so too."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}：没有这个文件夹。索引没有改动。请检查路径，或先连接它所在的磁盘。")


class FolderIsEmpty(CommandError):
    """A folder that held documents holds nothing now."""

    def __init__(self, folder: Path, known: int) -> None:
        super().__init__(
            f"{folder} 里一个文件也没有，而索引里有 {known} 个文件来自这里，所以没有改动。"
            "请检查磁盘是否已连接；若确实清空了，请用 youju sync --empty。"
        )


class Ending(ServerError):
    """The server was told to stop: what runs is finished, nothing new is begun."""

    status = 503
    code = "stopping"
    title, title_en = "正在停止", "Stopping"
    retry_after: int | None = 10
    zh = "服务正在停止，不再接受新的问题，没有答完的已经结束。请在它重新启动后再试。"
    en = "The server is stopping: it takes no new questions and has ended the unfinished ones. Try again after its restart."


class TooLarge(ServerError):
    status = 413
    code = "request_too_large"
    title, title_en = "请求太大", "Request too large"
    zh = "请求的正文超过 {megabytes:.0f} MB。请减少内容，长文请先添加为文档。"
    en = "The request's body is larger than {megabytes:.0f} MB. Send less; add a long text as a document."

    def __init__(self, limit: int) -> None:
        super().__init__(megabytes=limit / 1e6)
