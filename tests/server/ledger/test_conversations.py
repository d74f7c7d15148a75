"""Conversations belong to a key; what quotes a document goes with it, to the last byte, and questions stay."""

from pathlib import Path

import pytest

from index.library import Library
from index.store import Store
from server.ledger import conversations
from server.ledger.conversations import CANCELLED, Answered, Conversations, forget, reconcile
from server.ledger.ledger import Ledger
from server.saved_errors import TooManyConversations, TooManyTurns, UnknownConversation
from tests.server.ledger.conftest import QUESTION, added, content, quoted

TEXT = "教育工作要点\n一、学校建设\n计划竣工项目五个。\n"
OTHER = "卫生健康通知\n一、疫苗接种\n落实各项任务。\n"
SECRET = "计划竣工项目五个".encode()


@pytest.fixture
def saved(ledger: Ledger) -> Conversations:
    return Conversations(ledger)


def test_turns_come_back_as_they_were_saved(
    saved: Conversations, library: Library, store: Store, tmp_path: Path
) -> None:
    answered = quoted(store, added(library, tmp_path, TEXT))
    conversation = saved.start(None)
    first = saved.save(conversation.id, QUESTION, 10.0, answered, store)
    second = saved.save(conversation.id, "那高中呢", 20.0, CANCELLED, store)
    turns = saved.turns(conversation.id)
    assert [(turn.id, turn.question, turn.asked_at) for turn in turns] == [
        (first, QUESTION, 10.0),
        (second, "那高中呢", 20.0),
    ]
    assert turns[0].answered == answered and turns[0].removed == ()
    assert turns[1].answered.status == "cancelled" and turns[1].answered.answer == ""
    assert saved.one(None, conversation.id).turns == 2


def test_a_conversation_is_called_by_its_first_question_unless_it_has_a_title(
    saved: Conversations, store: Store
) -> None:
    plain, titled = saved.start(None), saved.start(None, "学校")
    for conversation in (plain, titled):
        saved.save(conversation.id, "  海沧\n竣工几个 ", 1.0, CANCELLED, store)
        saved.save(conversation.id, "那高中呢", 2.0, CANCELLED, store)
    assert saved.one(None, plain.id).title == "海沧 竣工几个"
    assert saved.one(None, titled.id).title == "学校"
    long = saved.start(None)
    saved.save(long.id, "问" * 100, 1.0, CANCELLED, store)
    assert saved.one(None, long.id).title == "问" * 59 + "…"


def test_nobody_sees_or_touches_the_conversations_of_another_key(saved: Conversations, store: Store) -> None:
    own, others, local = saved.start("a"), saved.start("b"), saved.start(None)
    turn = saved.save(own.id, QUESTION, 1.0, CANCELLED, store)
    assert [one.id for one in saved.of("a", 10)] == [own.id]
    assert [one.id for one in saved.of(None, 10)] == [local.id]
    assert turn is not None and saved.turn("b", turn) is None and saved.turn("a", turn) is not None
    for act in (saved.one, saved.open, saved.delete):
        with pytest.raises(UnknownConversation, match=others.id):
            act("a", others.id)
    with pytest.raises(UnknownConversation):
        saved.rename("a", others.id, "我的")
    saved.delete_all("a")
    assert saved.count("a") == 0 and saved.count("b") == saved.count(None) == 1


def test_the_last_used_comes_first(saved: Conversations, store: Store) -> None:
    first, second = saved.start(None), saved.start(None)
    assert [one.id for one in saved.of(None, 10)] == [second.id, first.id]
    saved.save(first.id, QUESTION, 1.0, CANCELLED, store)
    assert [one.id for one in saved.of(None, 10)] == [first.id, second.id]
    assert [one.id for one in saved.of(None, 1, 1)] == [second.id]


def test_what_is_too_much_is_refused(saved: Conversations, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "MOST_CONVERSATIONS", 1)
    monkeypatch.setattr(conversations, "MOST_TURNS", 1)
    conversation = saved.start(None)
    with pytest.raises(TooManyConversations):
        saved.start(None)
    saved.start("another")
    assert saved.open(None, conversation.id) == []
    saved.save(conversation.id, QUESTION, 1.0, CANCELLED, store)
    with pytest.raises(TooManyTurns):
        saved.open(None, conversation.id)


def test_a_deleted_conversation_is_in_no_byte_and_takes_no_more_turns(
    saved: Conversations, ledger: Ledger, library: Library, store: Store, tmp_path: Path
) -> None:
    answered = quoted(store, added(library, tmp_path, TEXT))
    conversation = saved.start(None)
    saved.save(conversation.id, QUESTION, 1.0, answered, store)
    assert SECRET in content(ledger)
    assert saved.delete(None, conversation.id)
    assert SECRET not in content(ledger) and QUESTION.encode() not in content(ledger)
    assert saved.save(conversation.id, QUESTION, 1.0, answered, store) is None
    assert ledger.rows("SELECT 1 FROM quoted") == []


def test_a_removed_document_takes_answer_and_quotes_and_leaves_question_and_other_quotes(
    saved: Conversations, ledger: Ledger, library: Library, store: Store, tmp_path: Path
) -> None:
    gone, stays = added(library, tmp_path, TEXT), added(library, tmp_path, OTHER)
    conversation = saved.start(None)
    saved.save(conversation.id, QUESTION, 1.0, quoted(store, gone, stays), store)
    saved.save(conversation.id, "疫苗怎么安排", 2.0, quoted(store, stays), store)
    assert forget(ledger, [gone])
    first, second = saved.turns(conversation.id)
    assert first.question == QUESTION and first.removed == (gone,)
    assert gone in first.answered.answer and "已被删除" in first.answered.answer
    for quotes in (first.answered.citations, first.answered.evidence):
        assert [quote["document_id"] for quote in quotes] == [stays]
    assert second.answered == quoted(store, stays) and second.removed == ()
    assert SECRET not in content(ledger) and "教育工作要点".encode() not in content(ledger)
    assert forget(ledger, [gone]) and saved.turns(conversation.id)[0].removed == (gone,)


def test_evidence_alone_and_a_name_alone_are_quotes_too(
    saved: Conversations, ledger: Ledger, library: Library, store: Store, tmp_path: Path
) -> None:
    gone = added(library, tmp_path, TEXT)
    shown = Answered("not_found", "unsupported", "没有。", (), quoted(store, gone).evidence, {})
    greeting = Answered(
        "not_found", "smalltalk", "您好，有《教育工作要点》。", (), (), {}, store.named_in("《教育工作要点》")
    )
    conversation = saved.start(None)
    for answered in (shown, greeting):
        saved.save(conversation.id, QUESTION, 1.0, answered, store)
    store.remove(gone)
    assert reconcile(ledger, store)
    assert [turn.removed for turn in saved.turns(conversation.id)] == [(gone,), (gone,)]
    assert SECRET not in content(ledger) and "教育工作要点".encode() not in content(ledger)


@pytest.mark.parametrize(
    ("title", "left"),
    [("教育工作要点", QUESTION), ("关于竣工项目五个", QUESTION), ("竣工几个学校", "竣工几个学校"), ("我的", "我的")],
)
def test_a_title_that_repeats_a_removed_document_becomes_the_first_question(
    saved: Conversations, ledger: Ledger, library: Library, store: Store, tmp_path: Path, title: str, left: str
) -> None:
    gone = added(library, tmp_path, TEXT)
    conversation = saved.start(None, title)
    saved.save(conversation.id, QUESTION, 1.0, quoted(store, gone), store)
    forget(ledger, [gone])
    assert saved.one(None, conversation.id).title == left


def test_an_answer_that_is_saved_after_its_document_has_gone_is_blanked_at_once(
    saved: Conversations, ledger: Ledger, library: Library, store: Store, tmp_path: Path
) -> None:
    gone = added(library, tmp_path, TEXT)
    answered = quoted(store, gone)
    store.remove(gone)
    conversation = saved.start(None)
    saved.save(conversation.id, QUESTION, 1.0, answered, store)
    (turn,) = saved.turns(conversation.id)
    assert turn.removed == (gone,) and SECRET not in content(ledger)


def test_reconciling_leaves_alone_what_is_there_and_finds_what_left_by_any_way(
    saved: Conversations, ledger: Ledger, library: Library, store: Store, tmp_path: Path
) -> None:
    old, stays = added(library, tmp_path, TEXT), added(library, tmp_path, OTHER)
    conversation = saved.start(None)
    for document in (old, stays):
        saved.save(conversation.id, QUESTION, 1.0, quoted(store, document), store)
    new = added(library, tmp_path, TEXT.replace("五", "六"))  # the same file, updated
    assert new != old and reconcile(ledger, store)
    assert [turn.removed for turn in saved.turns(conversation.id)] == [(old,), ()]
