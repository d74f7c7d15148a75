"""What can go wrong with saved conversations, feedback and evaluation runs; each error carries its HTTP status and code."""

from pathlib import Path

from ingest.bilingual import Text
from server.errors import CommandError, ServerError


class UnknownConversation(ServerError):
    status = 404
    code = "unknown_conversation"
    title, title_en = "没有这个对话", "No such conversation"
    zh = "没有编号为 {conversation_id} 的对话，或者它不属于您。可用 GET /api/conversations 查看。"
    en = "There is no conversation with the id {conversation_id}, or it is not yours. See GET /api/conversations."

    def __init__(self, conversation_id: str) -> None:
        super().__init__(conversation_id=conversation_id)


class UnknownTurn(ServerError):
    status = 404
    code = "unknown_turn"
    title, title_en = "没有这个问答", "No such turn"
    zh = "没有编号为 {turn_id} 的问答，或者它不属于您。编号见 GET /api/conversations/编号 的 turns。"
    en = "There is no turn with the id {turn_id}, or it is not yours. The ids are the turns of GET /api/conversations/ID."

    def __init__(self, turn_id: str) -> None:
        super().__init__(turn_id=turn_id)


class UnknownFeedback(ServerError):
    status = 404
    code = "unknown_feedback"
    title, title_en = "没有这条反馈", "No such feedback"
    zh = "没有编号为 {feedback_id} 的反馈。可用 GET /api/feedback 查看。"
    en = "There is no feedback with the id {feedback_id}. See GET /api/feedback."

    def __init__(self, feedback_id: str) -> None:
        super().__init__(feedback_id=feedback_id)


class UnknownRun(ServerError):
    status = 404
    code = "unknown_evaluation"
    title, title_en = "没有这次评测", "No such evaluation"
    zh = "没有编号为 {run_id} 的评测。可用 GET /api/evaluations 查看。"
    en = "There is no evaluation with the id {run_id}. See GET /api/evaluations."

    def __init__(self, run_id: str) -> None:
        super().__init__(run_id=run_id)


class TooManyConversations(ServerError):
    status = 409
    code = "too_many_conversations"
    title, title_en = "对话太多", "Too many conversations"
    zh = "已有 {limit:,} 个对话，不能再多。请先删除不再需要的。"
    en = "There are {limit:,} conversations already, the most there can be. Delete some first."

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)


class TooManyTurns(ServerError):
    status = 409
    code = "too_many_turns"
    title, title_en = "对话太长", "Conversation too long"
    zh = "这个对话已有 {limit:,} 个问题，不能再多。请新建一个对话。"
    en = "This conversation has {limit:,} questions already, the most it can have. Begin a new one."

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)


class TooMuchFeedback(ServerError):
    status = 409
    code = "too_much_feedback"
    title, title_en = "反馈太多", "Too much feedback"
    zh = "已存 {limit:,} 条反馈，不能再多。请管理员导出后删除一些。"
    en = "{limit:,} feedbacks are kept already, the most there can be. The administrator exports and deletes some."

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)


class TooManyRuns(ServerError):
    status = 409
    code = "too_many_evaluations"
    title, title_en = "评测太多", "Too many evaluations"
    zh = "已有 {limit} 次评测在等，不能再多。请等它们做完，或删除一些。"
    en = "{limit} evaluations are waiting already, the most there can be. Wait until they are done, or delete some."

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)


class TooManyCases(ServerError):
    status = 413
    code = "too_many_cases"
    title, title_en = "评测太大", "Evaluation too large"
    zh = "一次评测最多 {limit:,} {unit}。请分成几次。"
    en = "An evaluation takes at most {limit:,} {unit}. Split it into several."

    def __init__(self, limit: int, unit: Text) -> None:
        super().__init__(limit=limit, unit=unit)


class NotUnicode(ServerError):
    status = 422
    code = "not_unicode"
    title, title_en = "请求不可用", "Invalid request"
    zh = "请求正文不是 UTF-8（{fault}）。请把文件另存为 UTF-8 再发。"
    en = "The request's body is not UTF-8 ({fault}). Save the file as UTF-8 and send it again."

    def __init__(self, fault: str) -> None:
        super().__init__(fault=fault)


class CannotWrite(CommandError):
    def __init__(self, file: Path, fault: str) -> None:
        super().__init__(f"写不了 {file}（{fault}）。请检查文件夹是否存在、有没有权限、磁盘有没有空间。")
