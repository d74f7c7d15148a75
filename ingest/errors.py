"""Why a file could not be read, one class a reason; each message says what to do."""

import os
from pathlib import Path

from ingest.bilingual import BilingualError, Text


class IngestError(BilingualError):
    """The base of this room's errors; `reason` is a short code for summaries.

    A class takes the path and then its own fields in the order in which its sentence names them, but for
    UnsupportedFormat, which takes none (`ingest.messages` sends them by that order).
    """

    reason = "failed"


class UnsupportedFormat(IngestError):
    reason = "unsupported"
    zh = "{name}：不支持的格式（{kind}）。支持 {supported}，请先转换。"
    en = "{name}: this format is not supported ({kind}). Convert it first to one of: {supported}"

    def __init__(self, path: Path, supported: list[str]) -> None:
        super().__init__(name=path.name, kind=path.suffix or "无扩展名", supported=" ".join(supported))


class EmptyFile(IngestError):
    reason = "empty"
    zh = "{name}：文件里没有文字。请检查文件是否完整。"
    en = "{name}: the file holds no text. Check that it is complete."

    def __init__(self, path: Path) -> None:
        super().__init__(name=path.name)


class UnreadableFile(IngestError):
    reason = "unreadable"
    zh = "{name}：无法读取（{fault}）。请检查文件权限，或重新获取该文件。"
    en = "{name}: the file cannot be opened ({fault}). Check its permissions, or get it again."

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(name=path.name, fault=fault)


class UnreadableName(IngestError):
    reason = "name"
    zh = "{name}：文件名不是 UTF-8 编码（多半来自 Windows 压缩包）。请改名后再添加。"
    en = "{name}: the file's name is not UTF-8 (it probably comes from a Windows archive). Rename it and add it again."

    def __init__(self, path: Path) -> None:
        super().__init__(name=os.fsencode(path.name).decode("gb18030", "replace"))


class UnknownEncoding(IngestError):
    reason = "encoding"
    zh = "{name}：不是文本文件，或编码既非 UTF-8 也非 GB18030。请另存为 UTF-8 文本。"
    en = "{name}: not a text file, or encoded neither as UTF-8 nor as GB18030. Save it as UTF-8 text."

    def __init__(self, path: Path) -> None:
        super().__init__(name=path.name)


class TooLarge(IngestError):
    reason = "too_large"
    zh = "{name}：文件过大（{size:,} 字节，上限 {limit:,}）。请拆分后再添加。"
    en = "{name}: the file is too large ({size:,} bytes of at most {limit:,}). Split it and add the parts."

    def __init__(self, path: Path, size: int, limit: int) -> None:
        super().__init__(name=path.name, size=size, limit=limit)


class Damaged(IngestError):
    reason = "damaged"
    zh = "{name}：文件已损坏或不是它的扩展名所说的格式（{fault}）。请用原来的软件打开后另存一份。"
    en = (
        "{name}: the file is damaged or is not what its extension says ({fault}). "
        "Open it with its own software and save a copy."
    )

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(name=path.name, fault=fault)


class Encrypted(IngestError):
    reason = "encrypted"
    zh = "{name}：文件有密码保护。请用原来的软件打开，去掉密码后再添加。"
    en = "{name}: the file is protected by a password. Remove it with the file's own software, then add it again."

    def __init__(self, path: Path) -> None:
        super().__init__(name=path.name)


class NoText(IngestError):
    reason = "no_text"
    zh = "{name}：没有找到文字（{found}）。请确认文件里有文字内容。"
    en = "{name}: no text was found ({found}). Check that the file holds text."

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(name=path.name, found=found)


class TimedOut(IngestError):
    reason = "timed_out"
    zh = "{name}：读取超过 {seconds:.0f} 秒仍未完成，已停止。请拆分文件，或另存为较简单的格式。"
    en = "{name}: reading took more than {seconds:.0f} seconds and was stopped. Split it, or save it in a simpler format."

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(name=path.name, seconds=seconds)


class ArchiveTimedOut(IngestError):
    """A member of an archive that was not read, because the members before it took too long."""

    reason = "timed_out"
    zh = "{name}：没有读取（{fault}，压缩包里剩下的文件不再读）。请解压后单独添加这个文件。"
    en = (
        "{name}: not read ({fault}; what is left of the archive is not read any more). "
        "Unpack the archive and add this file alone."
    )

    def __init__(self, path: Path, fault: str | Text) -> None:
        super().__init__(name=path.name, fault=fault)


class TooMuchMemory(IngestError):
    reason = "memory"
    zh = "{name}：读取需要的内存超过 {megabytes:,} MB，已停止。请拆分文件。"
    en = "{name}: reading needed more than {megabytes:,} MB of memory and was stopped. Split the file."

    def __init__(self, path: Path, megabytes: int) -> None:
        super().__init__(name=path.name, megabytes=megabytes)


class Crashed(IngestError):
    reason = "crashed"
    zh = "{name}：读取程序出错（{fault}）。文件可能已损坏，请用原来的软件打开后另存一份。"
    en = (
        "{name}: the program that reads it failed ({fault}). "
        "The file may be damaged: open it with its own software and save a copy."
    )

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(name=path.name, fault=fault)


class ArchiveBomb(IngestError):
    reason = "too_large"
    zh = "{name}：压缩包解开后过大（{fault}），已停止。请解压后只添加需要的文件。"
    en = "{name}: the archive unpacks to too much ({fault}) and was stopped. Unpack it and add the files you need."

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(name=path.name, fault=fault)
