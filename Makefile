# youju: `make run` for the product, `make test` for the tests; each sets up what it needs, no work twice.

PYTHON ?= python3
DOCS ?= samples
QUESTION := 海沧2023年计划竣工几个项目
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# Build only what is used of llama.cpp, for this machine's processor; without AMX, whose code in it crashes with the weights
# that are used here (llama.cpp issue 20824): where a processor has AMX, it has all that is named in its place.
AMX := $(shell grep -qsw amx_int8 /proc/cpuinfo && echo yes)
WITHOUT_AMX := -DGGML_NATIVE=OFF -DGGML_AVX512=ON -DGGML_AVX512_VBMI=ON -DGGML_AVX512_VNNI=ON -DGGML_AVX512_BF16=ON -DGGML_AVX_VNNI=ON
export CMAKE_ARGS ?= -DLLAVA_BUILD=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_CURL=OFF $(if $(AMX),$(WITHOUT_AMX))
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: setup run test test-fast test-ui test-bundle fresh lint eval bench bundle models
.DELETE_ON_ERROR:

setup: models

# A stamp stands only behind a step that went through.
.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -m server.preflight
	@echo "[1/2] 安装依赖（首次约 5-8 分钟，其中编译 llama-cpp-python 3-6 分钟）" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --progress-bar on -c constraints.txt -e .
	@touch $@

.venv/.dev: .venv/.installed
	$(PIP) install -q -c constraints.txt -e .[dev]
	@touch $@

models: .venv/.installed
	@echo "[2/2] 模型" >&2
	@$(BIN)/youju models pull

run: setup
	@$(BIN)/youju add "$(DOCS)"
ifeq ($(DOCS),samples)
	@echo "问：$(QUESTION)" >&2
	@$(BIN)/youju ask $(QUESTION)
endif
	@$(BIN)/youju serve

test: .venv/.dev models
	$(BIN)/python -m pytest -m "not page and not bundle"

# What needs no model and is quick, in two processes: under a minute on two cores. `make test` has all that is left out.
test-fast: .venv/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile -p no:schemathesis -m "not model and not slow and not page and not bundle"

# Needs Debian's packages chromium and fonts-noto-cjk, or another Chromium named by CHROMIUM. Pictures of every state, and
# what axe-core finds, are written to dist/page.
test-ui: .venv/.dev models
	@rm -rf dist/page
	$(BIN)/python -m pytest -m page

test-bundle: .venv/.dev bundle
	$(BIN)/python -m pytest -m bundle

# A bare Debian root with the README's prerequisites, `make run` and `make test` in it from a clone of the last commit. Needs
# root and Debian's package mmdebstrap; about 40 minutes on two cores. Logs: dist/fresh.
fresh:
	@.ci/fresh

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# make eval EVAL="--questions FILE --documents FOLDER… --name NAME" for other questions and documents.
eval: setup
	$(BIN)/python -m evals.run $(EVAL)

# make bench BENCH="load --minutes 1" for another bench than latency over the samples; BENCH="load --help" tells its options.
bench: setup
	$(BIN)/python -m evals.bench $(BENCH)

bundle: setup
	$(BIN)/python bundle/build.py dist/youju
