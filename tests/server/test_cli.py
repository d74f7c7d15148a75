"""The `youju` command as a person runs it: what it prints where, its exit codes, and never a traceback."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest

from ingest.sandbox.confinement import LAYERS
from tests.certificates import self_made
from tests.conftest import ROOT, SAMPLES

HAICANG = "2023年海沧区教育工作要点.txt"
ASKED = "海沧2023年计划竣工几个项目"
Youju = Callable[..., subprocess.CompletedProcess[str]]


def _run(
    arguments: Sequence[str | Path], data: Path, models: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, away from any youju.toml; fails on a traceback."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("YOUJU_")}
    clean |= {"YOUJU_DATA": str(data), "YOUJU_MODELS": str(models), "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "server.cli", *map(str, arguments)]
    done = subprocess.run(
        command,
        cwd=data.parent,
        env=clean,
        capture_output=True,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


@pytest.fixture
def youju(tmp_path: Path, models_folder: Path) -> Youju:
    """Run a command on an index of this test's own."""

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return _run(arguments, tmp_path / "data", models_folder, **environment)

    return run


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Youju:
    """Run a command on an index of one sample, which tests leave as it is."""
    data = tmp_path_factory.mktemp("cli") / "data"

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return _run(arguments, data, models_folder, **environment)

    done = run("add", SAMPLES / HAICANG)
    assert done.returncode == 0, done.stderr
    return run


def _json(done: subprocess.CompletedProcess[str]) -> Any:
    """The one object that --json prints, with nothing around it."""
    assert done.stdout.count("\n") == 1, done.stdout
    return json.loads(done.stdout)


# -- adding -----------------------------------------------------------------------------------------------------


def test_adding_counts_what_was_added_unchanged_updated_and_failed(youju: Youju, tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    shutil.copy(SAMPLES / HAICANG, folder)
    first = youju("add", folder, "--json")
    assert first.returncode == 0
    assert _json(first) == {
        "added": 1, "unchanged": 0, "updated": 0, "renamed": 0, "duplicate": 0, "removed": 0, "skipped": 0, "failed": 0,
        "failures": [], "skips": [], "gaps": [],
    }  # fmt: skip

    (folder / HAICANG).write_text("海沧区教育局2023年工作要点\n\n2023年计划竣工项目7个。\n", encoding="utf-8")
    (folder / "空.txt").write_text(" \n", encoding="utf-8")
    (folder / "二进制.txt").write_bytes(bytes(range(256)) * 8)
    second = youju("add", folder, tmp_path / "没有", "--json")
    assert second.returncode == 3
    summary = _json(second)
    assert {name: summary[name] for name in ("added", "unchanged", "updated", "failed")} == {
        "added": 0,
        "unchanged": 0,
        "updated": 1,
        "failed": 3,
    }
    reasons = {Path(failure["path"]).name: failure["reason"] for failure in summary["failures"]}
    assert "没有文字" in reasons["空.txt"]
    assert "UTF-8" in reasons["二进制.txt"]
    assert "没有这个文件" in reasons["没有"]

    third = youju("add", folder / HAICANG)
    assert (third.returncode, third.stdout) == (0, "")
    assert "新增 0，未变 1，更新 0，失败 0" in third.stderr
    assert json.loads(youju("list", "--json").stdout)["total"] == 1


def test_adding_only_what_cannot_be_read_fails_with_a_reason(youju: Youju, tmp_path: Path) -> None:
    (tmp_path / "空.txt").write_text("", encoding="utf-8")
    (tmp_path / "表.xyz").write_bytes(b"PK")
    (tmp_path / "空文件夹").mkdir()
    cases = {"空.txt": "没有文字", "表.xyz": "不支持的格式", "空文件夹": "里没有文件", "没有": "没有这个文件"}
    for name, reason in cases.items():
        done = youju("add", tmp_path / name)
        assert (done.returncode, done.stdout) == (1, "")
        assert name in done.stderr
        assert reason in done.stderr


# -- reading and removing ---------------------------------------------------------------------------------------


def test_documents_are_listed_and_shown(library: Youju) -> None:
    listed = _json(library("list", "--json"))
    (document,) = listed["documents"]
    assert (listed["total"], document["name"]) == (1, HAICANG)
    shown = _json(library("show", document["id"], "--json"))
    outline = shown.pop("outline")
    assert shown == document
    assert any(headings[-1].startswith("11.") for headings in outline)
    for_people = library("show", document["id"])
    assert "文号：厦海教工委〔2023〕16号" in for_people.stdout
    assert document["id"] in library("list").stdout


def test_a_passage_is_searched(library: Youju) -> None:
    hits = _json(library("search", "学校项目建设", "--limit", "2", "--json"))["hits"]
    here = _json(library("search", "教师", "--place", "海沧", "--year", "2023", "--type", "txt", "--json"))["hits"]
    assert here and all("海沧" in hit["title"] for hit in here)
    assert len(hits) == 2
    assert {"document_id", "title", "headings", "start", "end", "text", "score", "found_by"} == set(hits[0])


def test_a_sound_index_has_no_faults(library: Youju) -> None:
    done = library("check", "--json")
    assert done.returncode == 0
    told = _json(done)
    confinement = told.pop("confinement")
    assert told == {"faults": [], "repaired": False}
    assert sorted([*confinement["active"], *confinement["missing"]]) == sorted(LAYERS)


def test_a_document_is_removed_and_then_unknown(youju: Youju, tmp_path: Path) -> None:
    file = tmp_path / "要点.txt"
    file.write_text("海沧区教育局2023年工作要点\n\n2023年计划竣工项目6个。\n", encoding="utf-8")
    youju("add", file)
    (document,) = _json(youju("list", "--json"))["documents"]
    removed = youju("remove", document["id"])
    assert (removed.returncode, removed.stdout) == (0, "")
    assert file.is_file()
    assert _json(youju("list", "--json")) == {"documents": [], "total": 0}
    for command in ("remove", "show"):
        again = youju(command, document["id"])
        assert again.returncode == 1
        assert f"没有编号为 {document['id']} 的文档" in again.stderr


# -- asking -----------------------------------------------------------------------------------------------------


def test_an_answer_as_json_is_the_object_of_the_api_and_nothing_else(library: Youju) -> None:
    done = library("ask", ASKED, "--json")
    assert done.returncode == 0
    answer = _json(done)
    assert set(answer) == {"status", "answer", "citations", "evidence", "reason", "timings"}
    assert answer["status"] == "answered"
    assert "6个" in answer["answer"] and "[1]" in answer["answer"]
    (citation, *_) = answer["citations"]
    assert set(citation) == {"number", "document_id", "title", "headings", "start", "end", "quote"}
    text = (SAMPLES / HAICANG).read_bytes().decode("utf-8")
    assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_a_file_of_questions_is_scored(library: Youju, tmp_path: Path) -> None:
    cases = [
        {
            "id": "1",
            "type": "fact",
            "question": "海沧教育工作要点的索引号",
            "answers": [["2023-006"]],
            "evidence": "XM04106",
        },
        {"id": "2", "type": "none", "question": "海沧2024年计划竣工几个项目"},
        {
            "id": "3",
            "type": "fact",
            "question": "海沧教育工作要点的文号是什么",
            "answers": [["16号"]],
            "evidence": "16号",
        },
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases), encoding="utf-8")
    done = library("eval", file, "--json")
    assert done.returncode == 0
    summary = _json(done)
    counts = ("questions", "answerable", "right", "unanswerable", "refused", "cites_gold", "cites_gold_of")
    assert [summary[name] for name in counts] == [3, 2, 2, 1, 1, 2, 2]
    assert (summary["unsupported_numbers"], summary["failures"]) == (0, [])
    assert summary["outcomes"] == {
        "right": 3, "cut": 0, "elsewhere": 0, "misleading": 0, "wrongly_refused": 0, "made_up": 0,
    }  # fmt: skip


def test_a_question_that_cannot_be_asked_is_refused_before_a_model_is_loaded(youju: Youju) -> None:
    for command in ("ask", "search"):
        for question, said in ((" ", "问题是空的"), ("问" * 20_000, "上限 2,000 字")):
            done = youju(command, question, YOUJU_MODELS="/nowhere")
            assert (done.returncode, done.stdout) == (1, "")
            assert said in done.stderr


def test_without_models_it_says_how_to_get_them(youju: Youju) -> None:
    for arguments in (("ask", ASKED), ("search", ASKED), ("add", str(SAMPLES)), ("check",), ("serve",)):
        done = youju(*arguments, YOUJU_MODELS="/nowhere")
        assert (done.returncode, done.stdout) == (1, "")
        assert "youju models pull" in done.stderr


def test_an_index_is_backed_up_emptied_and_put_back(youju: Youju, tmp_path: Path) -> None:
    youju("add", SAMPLES / HAICANG)
    file = tmp_path / "backups" / "备份.db"
    done = youju("backup", file)
    assert done.returncode == 0 and "1 份文档" in done.stderr and file.is_file()
    (document,) = _json(youju("list", "--json"))["documents"]
    removed = youju("remove", document["id"])
    assert (removed.returncode, removed.stdout) == (0, "") and document["id"] in removed.stderr
    assert _json(youju("list", "--json"))["total"] == 0
    done = youju("restore", file)
    assert (done.returncode, done.stdout) == (0, "") and "1 份文档" in done.stderr
    assert _json(youju("list", "--json"))["documents"] == [document]
    assert _json(youju("check", "--json"))["faults"] == []
    assert _json(youju("search", ASKED, "--json"))["hits"]


def test_a_bad_backup_and_a_place_that_is_taken_are_told(youju: Youju, tmp_path: Path) -> None:
    other = tmp_path / "报告.txt"
    other.write_text("不是备份", encoding="utf-8")
    restored = youju("restore", other)
    assert (restored.returncode, restored.stdout) == (1, "") and "换一个备份" in restored.stderr
    saved = youju("backup", other)
    assert (saved.returncode, saved.stdout) == (1, "") and "没有覆盖" in saved.stderr
    assert other.read_text(encoding="utf-8") == "不是备份"


def test_a_fault_is_told_on_stdout_and_repaired(youju: Youju, tmp_path: Path) -> None:
    youju("add", SAMPLES / HAICANG)
    connection = apsw.Connection(str(tmp_path / "data" / "youju.db"))
    connection.execute("UPDATE words SET body = '别的' WHERE rowid = 2")
    connection.close()
    found = youju("check")
    assert found.returncode == 1
    assert "词语与原文不符" in found.stdout and "check --repair" in found.stderr
    repaired = youju("check", "--repair")
    assert (repaired.returncode, repaired.stdout) == (0, "") and "没有问题" in repaired.stderr


def test_repairing_also_deletes_what_the_retention_settings_no_longer_keep(youju: Youju, tmp_path: Path) -> None:
    youju("keys", "add", "旧人", "--role", "read")
    connection = apsw.Connection(str(tmp_path / "data" / "youju.db.ledger"))
    connection.execute("UPDATE audit SET at = at - 400 * 86400")
    connection.close()
    assert _json(youju("check", "--json"))["faults"] == []
    assert _json(youju("check", "--repair", "--json", YOUJU_KEEP_AUDIT_DAYS="0"))["pruned"]["audit"] == 0
    pruned = youju("check", "--repair")
    assert pruned.returncode == 0 and "1 条审计" in pruned.stderr
    assert _json(youju("keys", "audit", "--json"))["entries"] == []


# -- what is wrong around it ------------------------------------------------------------------------------------


def test_data_of_a_newer_version_and_foreign_data_are_left_alone(youju: Youju, tmp_path: Path) -> None:
    assert youju("list").returncode == 0
    database = tmp_path / "data" / "youju.db"
    connection = apsw.Connection(str(database))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for arguments in (("list",), ("ask", ASKED), ("add", str(SAMPLES))):
        done = youju(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert "更新版本" in done.stderr
        assert "YOUJU_DATA" in done.stderr
    database.write_bytes(b"this is no database, and must stay what it is " * 100)
    done = youju("list")
    assert done.returncode == 1
    assert "不是有据的数据库" in done.stderr
    assert database.read_bytes().startswith(b"this is no database")


def test_a_bad_setting_is_named_with_its_cure(youju: Youju, tmp_path: Path) -> None:
    done = youju("list", YOUJU_PORT="seventy")
    assert (done.returncode, done.stdout) == (1, "")
    assert "port" in done.stderr and "seventy" in done.stderr
    (tmp_path / "own.toml").write_text("prot = 1\n", encoding="utf-8")
    for done in (youju("--config", "own.toml", "list"), youju("list", YOUJU_CONFIG="own.toml")):
        assert done.returncode == 1
        assert "prot" in done.stderr and "没有这个设置" in done.stderr
    done = youju("--config", "absent.toml", "list")
    assert done.returncode == 1
    assert "absent.toml" in done.stderr and "没有这个文件" in done.stderr
    for command in (("list",), ("keys", "list"), ("serve",)):
        assert youju(*command, "--help").returncode == 0


def test_settings_that_lie_in_the_current_folder_are_not_taken_unasked(youju: Youju, tmp_path: Path) -> None:
    (tmp_path / "youju.toml").write_text('data = "planted"\nprot = 1\n', encoding="utf-8")
    done = youju("list", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["total"] == 0
    assert "没有采用当前文件夹里的" in done.stderr and "--config youju.toml" in done.stderr
    assert not (tmp_path / "planted").exists()


def test_an_address_that_others_reach_without_tls_is_warned_of(youju: Youju, tmp_path: Path) -> None:
    """The server does not start here: its models are missing, which is told after the warning."""
    assert youju("keys", "add", "甲", "--role", "read").returncode == 0
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    certificate, key = self_made(tmp_path)
    _, other = self_made(tmp_path, "other.example.cn")

    def serve(host: str, *more: str | Path, **environment: str) -> str:
        done = youju("serve", "--host", host, "--port", port, *more, YOUJU_MODELS=str(tmp_path / "none"), **environment)
        assert done.returncode == 1
        return done.stderr

    told = serve("0.0.0.0")
    assert "没有加密" in told and "--tls-cert" in told and "proxies" in told
    assert "warning server.cli serving without TLS" in told
    pair = ("--tls-cert", certificate, "--tls-key", key)
    safe = [serve("127.0.0.1"), serve("0.0.0.0", *pair), serve("0.0.0.0", YOUJU_PROXIES="10.0.0.9"),
            serve("0.0.0.0", YOUJU_TLS_CERT=str(certificate), YOUJU_TLS_KEY=str(key))]  # fmt: skip
    assert [("没有加密" in told, "还没有（" in told) for told in safe] == [(False, True)] * len(safe)
    assert "没有给 tls_key" in serve("0.0.0.0", "--tls-cert", certificate)
    assert "不配对" in serve("0.0.0.0", "--tls-cert", certificate, "--tls-key", other)


@pytest.mark.parametrize("arguments", [("nonsense",), ("ask",), ("ask", "问", "--loud"), ("serve", "--port", "0")])
def test_wrong_usage_has_an_exit_code_of_its_own(youju: Youju, arguments: tuple[str, ...]) -> None:
    done = youju(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_serving_refuses_an_address_that_others_reach_and_a_port_in_use(youju: Youju) -> None:
    open_to_all = youju("serve", "--host", "0.0.0.0")
    assert open_to_all.returncode == 1
    assert "--host 127.0.0.1" in open_to_all.stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        in_use = youju("serve", "--port", str(port))
    assert in_use.returncode == 1
    assert f"127.0.0.1:{port} 已被占用" in in_use.stderr


def test_models_are_listed_and_an_unknown_one_is_named(youju: Youju) -> None:
    models = _json(youju("models", "list", "--json"))["models"]
    assert {model["role"] for model in models} == {"embedding", "llm", "llm-small"}
    assert next(m for m in models if m["role"] == "llm")["present"]
    unknown = youju("models", "pull", "gpt")
    assert unknown.returncode == 1
    assert "gpt" in unknown.stderr and "multilingual-e5-small" in unknown.stderr
