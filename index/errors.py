"""What can go wrong in the index, one class a cause; each message says what was wrong and what to do."""

from pathlib import Path


class IndexingError(Exception):
    """The base of this room's errors."""


class BadWeights(IndexingError):
    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f"权重文件 {path} 无法读取：{fault}。请运行 youju models pull 重新获取。")
