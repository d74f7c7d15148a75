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
