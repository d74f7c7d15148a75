"""What can go wrong in the index, one class a cause; each message says what was wrong and what to do.

Each carries what it is over HTTP too: status, code and title.
"""

from pathlib import Path

from ingest.bilingual import BilingualError


class IndexingError(BilingualError):
    """The base of this room's errors."""

    status = 503
    code = "index_unavailable"
    title, title_en = "索引不可用", "Index unavailable"


class BadWeights(IndexingError):
    code = "bad_weights"
    zh = "权重文件 {path} 无法读取：{fault}。请运行 youju models pull 重新获取。"
    en = "The weights {path} cannot be read: {fault}. Run youju models pull to get them again."

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(path=path, fault=fault)


class NewerData(IndexingError):
    code = "newer_data"
    zh = (
        "数据 {path} 由更新版本的有据写成（格式 {found}，本程序只认识到 {known}）。"
        "请升级程序，或用 YOUJU_DATA 指向另一个文件夹。"
    )
    en = (
        "The data {path} was written by a newer version of youju (format {found}, this program knows up to {known}). "
        "Upgrade the program, or point YOUJU_DATA at another folder."
    )

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(path=path, found=found, known=known)


class ForeignData(IndexingError):
    code = "foreign_data"
    zh = "{path} 不是有据的数据库，或已损坏（{fault}）。请用 YOUJU_DATA 指向另一个文件夹，或从备份恢复。"
    en = (
        "{path} is no database of youju, or it is damaged ({fault}). "
        "Point YOUJU_DATA at another folder, or restore a backup."
    )

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(path=path, fault=fault)


class DataUnavailable(IndexingError):
    code = "data_unavailable"
    zh = "无法使用数据文件夹 {path}：{fault}。请检查权限与剩余空间，或用 YOUJU_DATA 指向另一个文件夹。"
    en = (
        "The data folder {path} cannot be used: {fault}. "
        "Check permissions and free space, or point YOUJU_DATA at another folder."
    )

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(path=path, fault=fault)


class NoSpace(DataUnavailable):
    code = "no_space"
    zh = (
        "磁盘已满，{path} 写不进去了：这一步没有写入，以前写完的都在。"
        "请清理出剩余空间后再试一次，或把数据移到别的磁盘并用 YOUJU_DATA 指向它。"
    )
    en = (
        "The disk is full and {path} takes no more: this step was not written, what was written before is there. "
        "Free some space and try again, or move the data to another disk and point YOUJU_DATA at it."
    )

    def __init__(self, path: Path) -> None:
        IndexingError.__init__(self, path=path)


class ReadOnly(DataUnavailable):
    code = "read_only"
    zh = "{path} 是只读的，没有写入，原有的数据没有变。请检查文件夹和里面文件的写权限，或用 YOUJU_DATA 指向另一个文件夹。"
    en = (
        "{path} is read-only; nothing was written and the data is as it was. "
        "Check the write permissions of the folder and its files, or point YOUJU_DATA at another folder."
    )

    def __init__(self, path: Path) -> None:
        IndexingError.__init__(self, path=path)


class DamagedData(IndexingError):
    code = "damaged_data"
    zh = (
        "数据库 {path} 有损坏（{fault}）。请先停止服务，再用 youju restore 备份文件 恢复；"
        "没有备份时，把这个文件移走，再用 youju add 重新添加原来的文件。"
    )
    en = (
        "The database {path} is damaged ({fault}). Stop the server and restore a backup with youju restore; "
        "without a backup move this file away and add the original files again with youju add."
    )

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(path=path, fault=fault)


class BadBackup(IndexingError):
    code = "bad_backup"
    zh = "备份 {path} 不能用：{fault}。现有的数据没有改动。请换一个备份文件。"
    en = "The backup {path} cannot be used: {fault}. The present data is unchanged. Use another backup."

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(path=path, fault=fault)


class BackupExists(IndexingError):
    code = "backup_exists"
    zh = "{path} 已存在，而且不是有据的备份，没有覆盖。请换一个文件名。"
    en = "{path} exists and is no backup of youju, so it was not overwritten. Choose another name."

    def __init__(self, path: Path) -> None:
        super().__init__(path=path)


class StoreBusy(IndexingError):
    code = "store_busy"
    zh = "另一个程序正在写入 {path}，等待 {seconds:.0f} 秒后仍未结束。请稍后再试。"
    en = "Another program is writing {path} and had not ended after {seconds:.0f} seconds. Try again later."

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(path=path, seconds=seconds)


class EmbeddingChanged(IndexingError):
    code = "embedding_changed"
    zh = (
        "索引由另一个嵌入模型或分词器建立（{stored}），当前是 {present}，两者不能混用。"
        "请运行 youju check --repair 重新建立索引，或换回原来的模型。"
    )
    en = (
        "The index was made by another embedding model or word splitter ({stored}); the present one is {present}, and "
        "they cannot be mixed. Run youju check --repair to make the index again, or go back to the former model."
    )

    def __init__(self, stored: str, present: str) -> None:
        super().__init__(stored=stored, present=present)


class LexicalIndexBroken(IndexingError):
    code = "lexical_index_broken"
    zh = "词语索引自检失败：语料中的“{word}”查不到。请运行 youju check --repair 重建索引。"
    en = "The word index failed its self-test: “{word}” of the documents is not found. Run youju check --repair."

    def __init__(self, word: str) -> None:
        super().__init__(word=word)


class UnknownDocument(IndexingError):
    status = 404
    code = "unknown_document"
    title, title_en = "没有这份文档", "No such document"
    zh = "没有编号为 {document_id} 的文档。请用 youju list 查看全部文档。"
    en = "There is no document with the id {document_id}. See all documents with GET /api/documents or youju list."

    def __init__(self, document_id: str) -> None:
        super().__init__(document_id=document_id)
        self.document_id = document_id


class CannotRebuild(IndexingError):
    code = "cannot_rebuild"
    zh = (
        "文档 {document_id} 的数据坏了，原来的文件也不在或变了，无法重新建立索引。"
        "请用 youju remove {document_id} 删除它，再运行 youju check --repair，然后重新添加这个文件；或从备份恢复。"
    )
    en = (
        "The data of document {document_id} is broken and its file is gone or has changed, so it cannot be indexed "
        "again. Remove it with youju remove {document_id}, run youju check --repair and add the file again; or restore "
        "a backup."
    )

    def __init__(self, document_id: str) -> None:
        super().__init__(document_id=document_id)


class UnknownPlace(IndexingError):
    status = 422
    code = "unknown_place"
    title, title_en = "没有这个地方", "No such place"
    zh = "“{name}”不是认得的省、市、区、县。请写全称或通用的简称，例如 厦门市海沧区、海沧。"
    en = (
        "“{name}” is no province, city, district or county that is known. "
        "Write its full Chinese name or its usual short one, as 厦门市海沧区 or 海沧."
    )

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


class BadVectorFile(IndexingError):
    code = "bad_vector_file"
    zh = "向量缓存文件 {path} 无法使用（{fault}）。它会由数据库重新生成，什么也不用做。"
    en = "The cache of vectors {path} cannot be used ({fault}). It is made again from the database; nothing is to be done."

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(path=path, fault=fault)
