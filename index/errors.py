"""What can go wrong in the index, one class a cause; each message says what was wrong and what to do."""

from pathlib import Path


class IndexingError(Exception):
    """The base of this room's errors."""


class BadWeights(IndexingError):
    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"权重文件 {path} 无法读取：{fault}。请运行 youju models pull 重新获取。")


class NewerData(IndexingError):
    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"数据 {path} 由更新版本的有据写成（格式 {found}，本程序只认识到 {known}）。"
            "请升级程序，或用 YOUJU_DATA 指向另一个文件夹。"
        )


class ForeignData(IndexingError):
    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(
            f"{path} 不是有据的数据库，或已损坏（{fault}）。请用 YOUJU_DATA 指向另一个文件夹，或从备份恢复。"
        )


class DataUnavailable(IndexingError):
    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(
            f"无法使用数据文件夹 {path}：{fault}。请检查权限与剩余空间，或用 YOUJU_DATA 指向另一个文件夹。"
        )


class NoSpace(DataUnavailable):
    def __init__(self, path: Path) -> None:
        IndexingError.__init__(
            self,
            f"磁盘已满，{path} 写不进去了：这一步没有写入，以前写完的都在。"
            "请清理出剩余空间后再试一次，或把数据移到别的磁盘并用 YOUJU_DATA 指向它。",
        )


class ReadOnly(DataUnavailable):
    def __init__(self, path: Path) -> None:
        IndexingError.__init__(
            self,
            f"{path} 是只读的，没有写入，原有的数据没有变。请检查文件夹和里面文件的写权限，或用 YOUJU_DATA 指向另一个文件夹。",
        )


class DamagedData(IndexingError):
    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(
            f"数据库 {path} 有损坏（{fault}）。请先停止服务，再用 youju restore 备份文件 恢复；"
            "没有备份时，把这个文件移走，再用 youju add 重新添加原来的文件。"
        )


class BadBackup(IndexingError):
    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"备份 {path} 不能用：{fault}。现有的数据没有改动。请换一个备份文件。")


class BackupExists(IndexingError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} 已存在，而且不是有据的备份，没有覆盖。请换一个文件名。")


class StoreBusy(IndexingError):
    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(f"另一个程序正在写入 {path}，等待 {seconds:.0f} 秒后仍未结束。请稍后再试。")


class EmbeddingChanged(IndexingError):
    def __init__(self, stored: str, present: str) -> None:
        super().__init__(
            f"索引由另一个嵌入模型或分词器建立（{stored}），当前是 {present}，两者不能混用。"
            "请运行 youju check --repair 重新建立索引，或换回原来的模型。"
        )


class LexicalIndexBroken(IndexingError):
    def __init__(self, word: str) -> None:
        super().__init__(f"词语索引自检失败：语料中的“{word}”查不到。请运行 youju check --repair 重建索引。")


class UnknownDocument(IndexingError):
    def __init__(self, document_id: str) -> None:
        super().__init__(f"没有编号为 {document_id} 的文档。请用 youju list 查看全部文档。")
        self.document_id = document_id


class CannotRebuild(IndexingError):
    def __init__(self, document_id: str) -> None:
        super().__init__(
            f"文档 {document_id} 的数据坏了，原来的文件也不在或变了，无法重新建立索引。"
            f"请用 youju remove {document_id} 删除它，再运行 youju check --repair，然后重新添加这个文件；或从备份恢复。"
        )


class UnknownPlace(IndexingError):
    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}”不是认得的省、市、区、县。请写全称或通用的简称，例如 厦门市海沧区、海沧。")


class BadVectorFile(IndexingError):
    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"向量缓存文件 {path} 无法使用（{fault}）。它会由数据库重新生成，什么也不用做。")
