"""Why a file could not be read, one class a reason; each message says what to do."""

import os
from pathlib import Path

Field = str | int | float


class IngestError(Exception):
    """The base of this room's errors.

    `reason` is a short code for summaries; `fields` are what the message tells beside the file's name, in the order
    that the class takes them behind the path, but for UnsupportedFormat, which has none.
    """

    reason = "failed"

    def __init__(self, message: str, *fields: Field) -> None:
        super().__init__(message)
        self.fields = fields


class UnsupportedFormat(IngestError):
    reason = "unsupported"

    def __init__(self, path: Path, supported: list[str]) -> None:
        kind = path.suffix or "无扩展名"
        super().__init__(f"{path.name}：不支持的格式（{kind}）。支持 {' '.join(supported)}，请先转换。")


class EmptyFile(IngestError):
    reason = "empty"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name}：文件里没有文字。请检查文件是否完整。")


class UnreadableFile(IngestError):
    reason = "unreadable"

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{path.name}：无法读取（{fault}）。请检查文件权限，或重新获取该文件。", fault)


class UnreadableName(IngestError):
    reason = "name"

    def __init__(self, path: Path) -> None:
        shown = os.fsencode(path.name).decode("gb18030", "replace")
        super().__init__(f"{shown}：文件名不是 UTF-8 编码（多半来自 Windows 压缩包）。请改名后再添加。")


class UnknownEncoding(IngestError):
    reason = "encoding"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name}：不是文本文件，或编码既非 UTF-8 也非 GB18030。请另存为 UTF-8 文本。")


class TooLarge(IngestError):
    reason = "too_large"

    def __init__(self, path: Path, size: int, limit: int) -> None:
        super().__init__(f"{path.name}：文件过大（{size:,} 字节，上限 {limit:,}）。请拆分后再添加。", size, limit)


class Damaged(IngestError):
    reason = "damaged"

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(
            f"{path.name}：文件已损坏或不是它的扩展名所说的格式（{fault}）。请用原来的软件打开后另存一份。",
            fault,
        )


class Encrypted(IngestError):
    reason = "encrypted"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name}：文件有密码保护。请用原来的软件打开，去掉密码后再添加。")


class NoText(IngestError):
    reason = "no_text"

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(f"{path.name}：没有找到文字（{found}）。请确认文件里有文字内容。", found)


class TimedOut(IngestError):
    reason = "timed_out"

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(
            f"{path.name}：读取超过 {seconds:.0f} 秒仍未完成，已停止。请拆分文件，或另存为较简单的格式。", seconds
        )


class ArchiveTimedOut(IngestError):
    """A member of an archive that was not read, because the members before it took too long."""

    reason = "timed_out"

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{path.name}：没有读取（{fault}，压缩包里剩下的文件不再读）。请解压后单独添加这个文件。")


class TooMuchMemory(IngestError):
    reason = "memory"

    def __init__(self, path: Path, megabytes: int) -> None:
        super().__init__(f"{path.name}：读取需要的内存超过 {megabytes:,} MB，已停止。请拆分文件。", megabytes)


class Crashed(IngestError):
    reason = "crashed"

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{path.name}：读取程序出错（{fault}）。文件可能已损坏，请用原来的软件打开后另存一份。", fault)


class ArchiveBomb(IngestError):
    reason = "too_large"

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"{path.name}：压缩包解开后过大（{fault}），已停止。请解压后只添加需要的文件。", fault)
