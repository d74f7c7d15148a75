"""What stands around the conversation -> HTML: history, filters, the first screen, the dialogs. Pure.

Not covered: questions and answers (`ui.render`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ui.icons import icon
from ui.marked import attribute, data, one_line, plain, shown
from ui.parts import dialog
from ui.talk import KINDS, Chosen, Kind, Talk
from ui.words import Words

VERDICTS = {"answered": ("wrong", "incomplete", "should_refuse"), "not_found": ("should_answer", "wrong")}


def banner(words: Words) -> str:
    """Name, motto, and the switches of the whole page."""
    other = "/en/" if words.language == "zh" else "/"
    code = "en" if words.language == "zh" else "zh-CN"
    theme = attribute(words("theme"))
    return (
        f'<a class="yj-skip" href="#yj-box">{words("skip")}</a>'
        f'<header class="yj-banner"><h1>{words("name")}</h1><p>{words("motto")}</p>'
        f'<div class="yj-switches"><a class="yj-tool" id="yj-language" href="{other}" lang="{code}">{words("other_language")}</a>'
        f'<button type="button" class="yj-tool" id="yj-theme" title="{theme}" aria-label="{theme}">{icon("sun")}{icon("moon")}</button>'
        "</div></header>"
    )


def visitor(session: Mapping[str, Any], words: Words) -> str:
    """Whose key the page is used with, and where to log out; nothing where no key is needed."""
    if session["key"] is None:
        return ""
    going = "?next=en/" if words.language == "en" else ""
    return f'<p class="yj-visitor">{shown(words("key", name=session["name"]))} <a href="/login{going}">{words("log_out")}</a></p>'


# -- the first screen ------------------------------------------------------------------------------------------------


def welcome(total: int, questions: Sequence[str], words: Words) -> str:
    """Before the first question: what can be asked, or where to add documents."""
    if not total:
        return (
            f'<div class="yj-welcome yj-empty"><h2>{words("ask.empty")}</h2><p>{words("ask.empty_more")}</p>'
            f'<button type="button" class="yj-button"{data(view="documents")}>{words("ask.to_documents")}</button></div>'
        )
    chips = "".join(
        f'<li><button type="button" class="yj-example"{data(do="ask", question=question)}>{shown(question)}</button></li>'
        for question in questions
    )
    chips = f'<h3 class="yj-label">{words("ask.examples")}</h3><ul class="yj-examples">{chips}</ul>' if chips else ""
    return (
        f'<div class="yj-welcome"><h2>{words("ask.welcome")}</h2><p>{words("ask.welcome_more", total=f"{total:,}")}</p>'
        f'{chips}<p class="yj-soft yj-keys">{words("ask.keys")}</p></div>'
    )


# -- history ---------------------------------------------------------------------------------------------------------


def history(conversations: Sequence[Mapping[str, Any]], current: str | None, words: Words) -> str:
    """The visitor's conversations, the last used first; `current` is open, None where the page knows better."""
    rows = "".join(_row(one, one["id"] == current, words) for one in conversations)
    listed = f'<ul class="yj-list">{rows}</ul>' if rows else f'<p class="yj-soft">{words("history.none")}</p>'
    return (
        f'<nav aria-label="{words("history")}"{data(current=current)}>'
        f'<button type="button" class="yj-button yj-plain" id="yj-new"{data(do="fresh")}>{icon("plus")}{words("history.new")}</button>{listed}</nav>'
    )


def _row(one: Mapping[str, Any], is_current: bool, words: Words) -> str:
    title = one_line(one["title"]) or words("history.untitled")
    told = {"conversation": one["id"], "title": plain(title)}
    current = ' aria-current="true"' if is_current else ""
    rename, delete = words("history.rename"), words("history.delete")
    return (
        f'<li{current}><button type="button" class="yj-open" title="{attribute(plain(title))}"{data(do="open", **told)}{current}>{shown(title)}</button>'
        f'<button type="button" class="yj-tool" title="{rename}" aria-label="{attribute(plain(f"{rename}：{title}"))}"'
        f"{data(do='rename', dialog='yj-rename', **told)}>{icon('pencil')}</button>"
        f'<button type="button" class="yj-tool" title="{delete}" aria-label="{attribute(plain(f"{delete}：{title}"))}"'
        f"{data(do='delete', dialog='yj-delete', **told)}>{icon('bin')}</button></li>"
    )


def bar(talk: Talk, words: Words) -> str:
    """Above the conversation: the list's button on narrow screens, the title, the files that it can be saved as."""
    label = words("history.open")
    toggle = (
        f'<button type="button" class="yj-tool yj-narrow" title="{label}" aria-label="{label}" aria-expanded="false"'
        f"{data(toggle='yj-side')}>{icon('history')}</button>"
    )
    if not talk.conversation or not talk.turns:
        return f'<div class="yj-bar">{toggle}</div>'
    links = "".join(
        f'<a class="yj-tool" download aria-label="{words(f"history.{picture}")}" title="{words(f"history.{picture}")}" href="/api/conversations/{attribute(talk.conversation)}/export?format={kind}">{icon(picture)}<span>{words(f"history.{picture}")}</span></a>'
        for kind, picture in (("docx", "word"), ("md", "markdown"))
    )
    title = one_line(talk.title or talk.turns[0].question)
    return f'<div class="yj-bar">{toggle}<span class="yj-title">{shown(title)}</span>{links}</div>'


# -- filters ---------------------------------------------------------------------------------------------------------


def chips(chosen: Chosen, words: Words) -> str:
    """What the next questions are restricted to, each with a button that drops it, and the button that adds."""
    drops = "".join(
        f'<li class="yj-chip" title="{attribute(plain(name))}"><span>{shown(one_line(name))}</span>{_drop(kind, value, name, words)}</li>'
        for kind in KINDS
        for value, name in chosen.of(kind).items()
    )
    only = f"<li>{words('filter.only')}</li>" if chosen else ""
    clear = (
        f'<li><button type="button" class="yj-link"{data(do="clear")}>{words("filter.clear")}</button></li>'
        if chosen
        else ""
    )
    return (
        f'<ul class="yj-chips"><li><button type="button" class="yj-chip yj-add" id="yj-filter" aria-expanded="false"'
        f"{data(do='look', toggle='yj-choices')}>{icon('filter')}{words('filter.add')}</button></li>{only}{drops}{clear}</ul>"
    )


def _drop(kind: Kind, value: str, name: str, words: Words) -> str:
    label = attribute(plain(words("filter.drop", value=name)))
    return (
        f'<button type="button" class="yj-drop" title="{label}" aria-label="{label}"'
        f"{data(do='drop', kind=kind, value=value)}>{icon('close')}</button>"
    )


def choices(offered: Mapping[Kind, Sequence[tuple[str, str, int]]], words: Words) -> str:
    """What can be chosen, by kind: (value, how it is shown, how many documents or 0); a box to look for others."""
    label = attribute(words("filter.look"))
    look = f'<input type="search" class="yj-field" placeholder="{label}" aria-label="{label}" autocomplete="off"{data(do="look")}>'
    groups = "".join(_group(kind, offered.get(kind, ()), words) for kind in KINDS)
    groups = groups or f'<p class="yj-soft">{words("filter.none")}</p>'
    return f'<div class="yj-look">{look}</div><div class="yj-groups">{groups}</div>'


def _group(kind: Kind, values: Sequence[tuple[str, str, int]], words: Words) -> str:
    if not values:
        return ""
    buttons = "".join(
        f'<li><button type="button" class="yj-chip" title="{attribute(plain(name))}"{data(do="pick", kind=kind, value=value, shown=name)}>'
        f"<span>{shown(one_line(name))}</span>{_count(count)}</button></li>"
        for value, name, count in values
    )
    return f'<section><h3 class="yj-label">{words(f"filter.{kind}")}</h3><ul class="yj-chips">{buttons}</ul></section>'


def _count(count: int) -> str:
    return f"<small>{count}</small>" if count else ""


# -- dialogs ---------------------------------------------------------------------------------------------------------


def dialogs(words: Words) -> str:
    """The forms that `ui/page.js` shows before an event is raised, and what it says itself."""
    rename = (
        f'<label>{words("history.title")}<input class="yj-field" name="answer" data-slot="title" required '
        f'maxlength="200" pattern=".*\\S.*"></label>'
    )
    delete = f'<p class="yj-quoted" data-slot="title"></p><p>{words("history.delete_more")}</p>'
    no = words("cancel")
    return (
        f'<div id="yj-texts" hidden{data(copied=words("copied"), failed=words("not_copied"))}></div>'
        + dialog("yj-rename", words("history.rename_title"), rename, no, words("history.save"))
        + dialog("yj-delete", words("history.delete_title"), delete, no, words("history.delete"), "yj-danger")
        + dialog("yj-judge", words("judge.title"), _judging(words), no, words("judge.send"))
    )


def _judging(words: Words) -> str:
    reasons = "".join(
        f'<fieldset data-for="{status}">'
        + "".join(
            f'<label class="yj-choice"><input type="radio" name="{status}" value="{verdict}"{" checked" if not at else ""}>{words(f"judge.{verdict}")}</label>'
            for at, verdict in enumerate(verdicts)
        )
        + "</fieldset>"
        for status, verdicts in VERDICTS.items()
    )
    return (
        f'{reasons}<label>{words("judge.comment")}<textarea class="yj-field" name="comment" rows="3" maxlength="2000"></textarea></label>'
        f'<label>{words("judge.expected")}<input class="yj-field" name="expected" maxlength="500"></label>'
    )
