"""Every word of the page, in Chinese and English. What documents and the API say stays as it is."""

from typing import Literal

from ui.words_documents import DOCUMENTS, OVERVIEW

Language = Literal["zh", "en"]

SHARED = {
    "name": ("有据", "Youju"),
    "title": ("有据 · 有据可查的资料问答", "Youju · answers with their sources"),
    "motto": (
        "每句回答都附原文出处；资料里没有的，会直说。",
        "Every sentence with its source; what the documents lack is said.",
    ),
    "view.ask": ("问答", "Ask"),
    "view.documents": ("文档", "Documents"),
    "view.overview": ("概览", "Overview"),
    "other_language": ("English", "中文"),
    "theme": ("切换深色和浅色", "Switch between light and dark"),
    "skip": ("跳到提问", "Skip to the question"),
    "key": ("密钥：{name}", "Key: {name}"),
    "log_out": ("退出或更换", "Log out or change"),
    "close": ("关闭", "Close"),
    "cancel": ("取消", "Cancel"),
    "copied": ("已复制", "Copied"),
    "not_copied": ("没有复制成。请选中文字后按 Ctrl+C。", "Copying failed. Select the text and press Ctrl+C."),
    "failed": ("出了问题", "Something went wrong"),
    "client.gone": (
        "连不上服务。请看看 youju serve 是否还在运行。",
        "The server cannot be reached. See whether youju serve is still running.",
    ),
    "client.unsent": (
        "这段文字太长，或者有发不出去的字符。请改一改再试。",
        "This text is too long, or has characters that cannot be sent. Change it and try again.",
    ),
    "client.bare": ("服务答复 {status}，请稍后再试。", "The server answered {status}. Try again later."),
    "again": ("再试一次", "Try again"),
    "file.open": ("打开原文件", "Open the original"),
    "file.save": ("下载原文件", "Download the original"),
}
ASKING = {
    "ask.box": ("输入问题，按回车提问", "Type a question and press Enter"),
    "ask.box_label": ("问题", "Question"),
    "ask.send": ("提问", "Ask"),
    "ask.stop": ("停止", "Stop"),
    "ask.keys": (
        "回车提问 · Shift+回车换行 · Esc 停止 · / 回到输入框 · ←→ 在出处间移动",
        "Enter asks · Shift+Enter new line · Esc stops · / to the box · ←→ between sources",
    ),
    "ask.welcome": ("想从资料里知道什么？", "What would you like to know from the documents?"),
    "ask.welcome_more": (
        "已有 {total} 份资料。回答只依据它们，每句话都能点开原文；没有的内容会直说没有。",
        "{total} documents are loaded. Answers rest on them alone; every sentence opens its source, and what is missing is said.",
    ),
    "ask.examples": ("可以这样问", "For example"),
    "ask.empty": ("还没有资料", "There are no documents yet"),
    "ask.empty_more": (
        "先在“文档”里添加文件或文件夹，读完就可以提问。",
        "First add files or a folder under “Documents”; as soon as they are read you can ask.",
    ),
    "ask.to_documents": ("去添加文档", "Add documents"),
    "step.searching": ("正在查找原文", "Searching the documents"),
    "step.waiting": ("排队中，前面还有 {ahead} 个问题", "In the queue, {ahead} ahead"),
    "step.answering": ("正在作答，逐句核对每个数字和出处", "Answering; every number and source is being checked"),
    "step.passed": ("已有 {count} 句通过核对，正在继续", "{count} sentences have passed; going on"),
    "step.1": ("查找", "Search"),
    "step.2": ("排队", "Queue"),
    "step.3": ("作答并核对", "Answer and check"),
    "turn.found": ("找到的段落", "Passages found"),
    "turn.sources": ("出处", "Sources"),
    "turn.source": ("出处 {number}：{title}", "Source {number}: {title}"),
    "turn.others": ("其他相关段落（{count}）", "Other related passages ({count})"),
    "turn.more": ("另外 {count} 段", "{count} more"),
    "turn.nearest": ("最接近的段落", "The nearest passages"),
    "turn.missing": ("资料中没有", "Not in the documents"),
    "turn.rephrase": ("换个问法", "Ask another way"),
    "turn.rephrase_hint": (
        "也可以说得更具体些：写上文件名、年份、地方，或换一个资料里会用的词。",
        "Or be more specific: name the document, the year, the place, or use a word that the documents would use.",
    ),
    "turn.seconds": ("用时 {seconds} 秒", "{seconds} s"),
    "turn.stopped": ("已停止。没有通过核对的内容不会显示。", "Stopped. What has not passed the checks is not shown."),
    "turn.ask_again": ("重新提问", "Ask again"),
    "turn.understood": ("按这些理解", "Understood as"),
    "turn.ignored": ("已不按“{value}”理解", "No longer understood as “{value}”"),
    "turn.ignore": ("不按“{value}”理解，重新提问", "Do not understand as “{value}”, ask again"),
    "turn.within": ("范围", "Within"),
    "turn.copy": ("连同出处复制", "Copy with sources"),
    "turn.good": ("回答对了", "The answer is right"),
    "turn.bad": ("回答有问题", "Something is wrong with the answer"),
    "turn.thanks": ("谢谢，已记下", "Thank you, noted"),
    "turn.removed": ("引用的文档已被删除", "The quoted document has been deleted"),
    "year": ("{year}年", "{year}"),
}
FILTERS = {
    "filter.add": ("筛选", "Filter"),
    "filter.look": ("找年份、地方、单位或文档", "Find a year, place, issuer or document"),
    "filter.years": ("年份", "Years"),
    "filter.places": ("地方", "Places"),
    "filter.issuers": ("发布单位", "Issuers"),
    "filter.documents": ("文档", "Documents"),
    "filter.drop": ("去掉“{value}”", "Remove “{value}”"),
    "filter.clear": ("全部去掉", "Remove all"),
    "filter.none": (
        "没有找到。换个词，或清空输入看常用的。",
        "Nothing found. Try another word, or clear it to see the common ones.",
    ),
    "filter.only": ("只在这些里找：", "Only in: "),
}
READING = {
    "read.label": ("原文", "Passage"),
    "read.path": ("所在位置", "Where it stands"),
    "read.outline": ("大纲", "Outline"),
    "read.earlier": ("往前", "Earlier"),
    "read.later": ("往后", "Later"),
    "read.begins": ("文档从这里开始", "The document begins here"),
    "read.ends": ("文档到此结束", "The document ends here"),
    "read.no_file": ("原文件已不在，这里是读出的文字。", "The original file is gone; this is the text that was read."),
    "read.place": ("第 {start}–{end} 字，共 {length} 字", "Characters {start}–{end} of {length}"),
    "read.nothing": (
        "点回答里的 [1] 或任何一张卡片，原文会在这里打开。",
        "Click [1] in an answer, or any card: its passage opens here.",
    ),
    "read.gaps": ("文件里有没读出来的部分", "Parts of the file could not be read"),
}
HISTORY = {
    "history": ("对话", "Conversations"),
    "history.new": ("新对话", "New conversation"),
    "history.none": (
        "还没有对话。提第一个问题后，会存在这里。",
        "No conversations yet. They are kept here from your first question on.",
    ),
    "history.untitled": ("（还没有问题）", "(no question yet)"),
    "history.open": ("打开对话列表", "Show the conversations"),
    "history.rename": ("改名", "Rename"),
    "history.delete": ("删除", "Delete"),
    "history.rename_title": ("给对话改名", "Rename the conversation"),
    "history.title": ("名称", "Title"),
    "history.save": ("保存", "Save"),
    "history.delete_title": ("删除这个对话？", "Delete this conversation?"),
    "history.delete_more": (
        "里面的问答会一起删除，不能恢复。",
        "Its questions and answers are deleted with it. This cannot be undone.",
    ),
    "history.word": ("导出 Word", "Export to Word"),
    "history.markdown": ("导出 Markdown", "Export to Markdown"),
}
FEEDBACK = {
    "judge.title": ("哪里有问题？", "What is wrong?"),
    "judge.wrong": ("答错了", "It is wrong"),
    "judge.incomplete": ("不完整", "It is incomplete"),
    "judge.should_refuse": ("资料里没有，本该直说", "The documents lack it and it should have said so"),
    "judge.should_answer": ("资料里有，本该回答", "The documents have it and it should have answered"),
    "judge.comment": ("说明（可以不写）", "Comment (optional)"),
    "judge.expected": ("正确的答案里应当有的文字（可以不写）", "Words that a right answer contains (optional)"),
    "judge.send": ("提交", "Send"),
}
LOGIN = {
    "login.enter": ("登录", "Log in"),
    "login.what": ("对资料提问，每句回答都附原文出处。", "Ask the documents; every sentence comes with its source."),
    "login.key": ("密钥", "Key"),
    "login.leave": ("退出", "Log out"),
    "login.back": ("回到网页", "Back to the page"),
    "login.gone": (
        "连不上服务。请看看它是否还在运行。",
        "The server cannot be reached. See whether it is still running.",
    ),
    "login.wrong": (
        "这个密钥不对，或已经作废。请检查，或向管理员要一个。",
        "This key is wrong, or has been revoked. Check it, or ask the administrator for one.",
    ),
    "login.open": ("本机没有设密钥，不用登录。", "This machine has no keys: there is no need to log in."),
    "login.as": ("已用密钥“{name}”登录，{role}。", "Logged in with the key “{name}”, which {role}."),
    "login.read": ("可以提问和阅读", "may ask and read"),
    "login.write": ("可以提问、阅读、增删文档", "may ask, read, add and delete documents"),
    "login.admin": ("可以做所有操作", "may do everything"),
    "login.script": ("登录和网页都需要 JavaScript。", "The login and the page need JavaScript."),
}
TEXTS: dict[str, tuple[str, str]] = {
    **SHARED,
    **LOGIN,
    **ASKING,
    **FILTERS,
    **READING,
    **HISTORY,
    **FEEDBACK,
    **DOCUMENTS,
    **OVERVIEW,
}


class Words:
    """The texts in one language: `words("step.waiting", ahead=3)`."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.code = "zh-CN" if language == "zh" else "en"
        self._column = 0 if language == "zh" else 1

    def __call__(self, key: str, **values: object) -> str:
        """The text behind `key`, not escaped, with `values` put in; raises KeyError for one that is not there."""
        text = TEXTS[key][self._column]
        return text.format(**values) if values else text
