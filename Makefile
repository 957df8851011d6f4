# Two commands are enough: `make run` and `make test`.  Each makes its own virtual environment in .venv first.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
BIN := .venv/bin

# An environment that was moved, or whose Python is gone, is made anew even when its stamp looks current.
READY := $(shell [ "$$(cat .venv/.installed 2>/dev/null)" = "$(CURDIR)" ] && $(BIN)/python -c '' 2>/dev/null && echo yes)
ifneq ($(READY),yes)
.venv/.installed .venv/.installed-dev: heal
endif

.PHONY: help run demo test lint bench simulate chaos scenarios proto docs pictures baseline lock clean heal
heal:

help: ## 列出所有命令 · list every command
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: .venv/.installed ## 启动网关与四个节点并办一件 · start the federation, drive one application, stay up
	@$(BIN)/tongban demo run

demo: .venv/.installed ## 无终端演示一遍,末行为 JSON · the same once, without a terminal; last line is JSON
	@$(BIN)/tongban demo once

test: .venv/.installed-dev ## 全部测试 · the whole test suite (TESTS=path narrows it)
	@$(BIN)/pytest -n 2 -q -rs $(or $(TESTS),tests)

lint: .venv/.installed-dev ## 风格、类型、分层、契约检查 · style, types, floors, contract
	@.ci/lint.sh

bench: .venv/.installed-dev ## 性能测量 · measure throughput and latency; last line is JSON
	@$(BIN)/python -m tests.bench

simulate: .venv/.installed-dev ## 虚拟时钟仿真 · simulate on a virtual clock (SEEDS=count or SEED=one, JOBS=processes)
	@$(BIN)/python -m tests.simulate $(if $(SEEDS),--seeds $(SEEDS)) $(if $(SEED),--seed $(SEED)) $(if $(JOBS),--jobs $(JOBS))

chaos: .venv/.installed-dev ## 杀进程演练 · kill real processes under load, then check (KILLS=count, DATABASE=, SEED=)
	@$(BIN)/python -m tests.chaos $(if $(KILLS),--kills $(KILLS)) $(if $(DATABASE),--database $(DATABASE)) $(if $(SEED),--seed $(SEED))

scenarios: .venv/.installed-dev ## 真实场景演练 · run the scenarios over the real contract
	@$(BIN)/python -m tests.scenarios

proto: .venv/.installed-dev ## 由契约生成代码 · generate code from the contract
	@$(BIN)/python .ci/proto.py generate

docs: .venv/.installed-dev ## 由契约生成流程页 · write docs/lifecycles.md from the contract
	@$(BIN)/python .ci/lifecycles.py write

pictures: .venv/.installed-dev ## 重拍收发室手册的图片 · take the pictures of docs/mailroom.md anew
	@$(BIN)/python -m tests.pictures

baseline: .venv/.installed-dev ## 冻结契约为兼容基线 · freeze the contract that later ones must not break
	@$(BIN)/python .ci/proto.py baseline

lock: .venv/.installed-dev ## 更新依赖锁定文件 · rewrite the lock files (UPGRADE=1 takes newer versions)
	@.ci/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## 删除环境与缓存,保留 var/ 数据 · remove .venv and caches; data in var/ stays
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find agreements gateway mailroom nodes proto tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: .ci/requirements.txt pyproject.toml
	@.ci/venv.sh runtime

.venv/.installed-dev: .ci/requirements-dev.txt pyproject.toml
	@.ci/venv.sh dev
