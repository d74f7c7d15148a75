"""After set-up nothing looks up a host or opens a connection, native libraries included.

A small shared object, compiled here and preloaded, stands between every library and the C library's connect,
sendto and getaddrinfo. (Python's audit hooks see Python alone; ONNX Runtime's telemetry went past them.)
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLES

WATCH = r"""
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void note(const char *what, const char *whom) {
    FILE *file = fopen(getenv("CONNECTIONS"), "a");
    if (file) { fprintf(file, "%s %s\n", what, whom); fclose(file); }
}
static void look(const char *what, const struct sockaddr *address) {
    char text[64] = "";
    if (address == NULL) return;
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, sizeof text);
    else if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, text, sizeof text);
    else return;
    if (strncmp(text, "127.", 4) && strcmp(text, "::1")) note(what, text);
}
int connect(int socket, const struct sockaddr *address, socklen_t length) {
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    look("connect", address);
    return real(socket, address, length);
}
ssize_t sendto(int socket, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t length) {
    ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "sendto");
    look("sendto", address);
    return real(socket, data, size, flags, address, length);
}
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
    if (node && strcmp(node, "localhost") && strncmp(node, "127.", 4) && strcmp(node, "::1")) note("getaddrinfo", node);
    return real(node, service, hints, found);
}
"""


@pytest.fixture
def watched(tmp_path: Path, models_folder: Path) -> dict[str, str]:
    """An environment in which every attempt to reach another host is written to $CONNECTIONS."""
    source, library = tmp_path / "watch.c", tmp_path / "watch.so"
    source.write_text(WATCH, encoding="utf-8")
    compiler = os.environ.get("CC") or shutil.which("cc") or "gcc"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    return os.environ | {
        "LD_PRELOAD": str(library),
        "CONNECTIONS": str(tmp_path / "connections"),
        "PYTHONPATH": str(ROOT),
        "YOUJU_DATA": str(tmp_path / "data"),
        "YOUJU_MODELS": str(models_folder),
    }


def _run(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="preloading is Linux's")
def test_the_watch_sees_a_host_being_looked_up(watched: dict[str, str]) -> None:
    look_up = "import socket\ntry:\n socket.getaddrinfo('host.invalid', 80)\nexcept OSError: pass"
    _run(watched, "-c", look_up)
    assert "host.invalid" in Path(watched["CONNECTIONS"]).read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform != "linux", reason="preloading is Linux's")
def test_adding_and_asking_reach_for_no_other_host(watched: dict[str, str]) -> None:
    _run(watched, "-m", "server.cli", "add", str(SAMPLES))
    answer = json.loads(_run(watched, "-m", "server.cli", "ask", "海沧2023年计划竣工几个项目", "--json"))
    assert "6个" in answer["answer"]
    connections = Path(watched["CONNECTIONS"])
    assert not connections.exists(), connections.read_text(encoding="utf-8")


EMBED_AND_WAIT = """
import sys, time
from pathlib import Path
from index.embed import load_embedder
load_embedder(Path(sys.argv[1]) / "multilingual-e5-small", 2).encode_queries(["海沧"])
time.sleep(10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="preloading is Linux's")
def test_a_loaded_embedding_model_reaches_for_no_other_host(watched: dict[str, str], models_folder: Path) -> None:
    """Telemetry waits for seconds before it sends: without the switch it looks its host up within ten."""
    _run(watched, "-c", EMBED_AND_WAIT, str(models_folder))
    connections = Path(watched["CONNECTIONS"])
    assert not connections.exists(), connections.read_text(encoding="utf-8")


READ_AND_WAIT = """
import sys, time
from pathlib import Path
from ingest.read import read_document
from tests.rendered.writers import WRITERS
for kind, write in WRITERS.items():
    if kind != "zip":
        path = Path(sys.argv[1]) / ("document." + kind.rsplit(".", 1)[-1])
        write(path)
        read_document(path)
time.sleep(10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="preloading is Linux's")
def test_reading_any_format_reaches_for_no_other_host(watched: dict[str, str], tmp_path: Path) -> None:
    """The process has recognised a scan and stays for as long as telemetry would wait.

    Read in this process, for the confined one could not reach a host and does not inherit what watches.
    """
    _run(watched, "-c", READ_AND_WAIT, str(tmp_path))
    connections = Path(watched["CONNECTIONS"])
    assert not connections.exists(), connections.read_text(encoding="utf-8")
