"""What can go wrong with saved conversations, feedback and evaluation runs; each error carries its HTTP status."""

from pathlib import Path

from server.errors import ServerError


class UnknownConversation(ServerError):
    status = 404
    title = "没有这个对话"

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"没有编号为 {conversation_id} 的对话，或者它不属于您。可用 GET /api/conversations 查看。")


class UnknownTurn(ServerError):
    status = 404
    title = "没有这个问答"

    def __init__(self, turn_id: str) -> None:
        super().__init__(f"没有编号为 {turn_id} 的问答，或者它不属于您。编号见 GET /api/conversations/编号 的 turns。")


class UnknownFeedback(ServerError):
    status = 404
    title = "没有这条反馈"

    def __init__(self, feedback_id: str) -> None:
        super().__init__(f"没有编号为 {feedback_id} 的反馈。可用 GET /api/feedback 查看。")


class UnknownRun(ServerError):
    status = 404
    title = "没有这次评测"

    def __init__(self, run_id: str) -> None:
        super().__init__(f"没有编号为 {run_id} 的评测。可用 GET /api/evaluations 查看。")


class TooManyConversations(ServerError):
    status = 409
    title = "对话太多"

    def __init__(self, limit: int) -> None:
        super().__init__(f"已有 {limit:,} 个对话，不能再多。请先删除不再需要的。")


class TooManyTurns(ServerError):
    status = 409
    title = "对话太长"

    def __init__(self, limit: int) -> None:
        super().__init__(f"这个对话已有 {limit:,} 个问题，不能再多。请新建一个对话。")


class TooMuchFeedback(ServerError):
    status = 409
    title = "反馈太多"

    def __init__(self, limit: int) -> None:
        super().__init__(f"已存 {limit:,} 条反馈，不能再多。请管理员导出后删除一些。")


class TooManyRuns(ServerError):
    status = 409
    title = "评测太多"

    def __init__(self, limit: int) -> None:
        super().__init__(f"已有 {limit} 次评测在等，不能再多。请等它们做完，或删除一些。")


class TooManyCases(ServerError):
    status = 413
    title = "评测太大"

    def __init__(self, limit: int, unit: str) -> None:
        super().__init__(f"一次评测最多 {limit:,} {unit}。请分成几次。")


class NotUnicode(ServerError):
    status = 422
    title = "请求不可用"

    def __init__(self, fault: str) -> None:
        super().__init__(f"请求正文不是 UTF-8（{fault}）。请把文件另存为 UTF-8 再发。")


class CannotWrite(ServerError):
    def __init__(self, file: Path, fault: str) -> None:
        super().__init__(f"写不了 {file}（{fault}）。请检查文件夹是否存在、有没有权限、磁盘有没有空间。")
