# GNU make 3.81 or later. Everything that is installed goes below .venv and .local; nothing else is touched.
#
#   make run     the whole product on this machine       make check    style, types and import rules
#   make test    all tests but the two kinds below       make package  what CloudFormation deploys, in .local/out
#
#   make test-slow             tests that take minutes: the packaged template deployed to the local AWS and rented from,
#                              and a jump of the clock against each minute of a day
#   make test-dynamodb-local   tests of the stores on Amazon's DynamoDB Local, where Java is present
#   make bench                 what things cost, beside a floor from the same run; some minutes
#
# PYTHON=... chooses the interpreter (3.11 or later), PYTHON313=... the one of the Lambdas' version.

SHELL := /bin/sh
PYTHONS := $(PYTHON) python3.13 python3.12 python3.11 python3
RUNTIMES := $(PYTHON313) python3.13 $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python)
UV_VERSION := 0.13.9
COMPILE := .local/lock/bin/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-header

# $(call environment,DIRECTORY,REQUIREMENTS,OPTIONS,INTERPRETERS): an environment with the pinned files. It is emptied
# first only when its stamp says that it was made here: clearing a link would empty what somebody else keeps elsewhere.
define environment
	@if test -L $(1); then \
	  echo "$(1) is a link: remove it, or install $(2) there and touch $(1)/installed" >&2; exit 1; fi; \
	clear=; if test -f $(1)/installed; then clear=--clear; fi; \
	python=; for one in $(4); do \
	  if "$$one" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then python="$$one"; break; fi; done; \
	test -n "$$python" || { echo "Python 3.11 or later with venv is needed: make PYTHON=/path/to/python" >&2; exit 1; }; \
	echo "$(1): $$("$$python" --version), $(2)"; \
	"$$python" -m venv $$clear $(1) && $(1)/bin/python -m pip install -q $(3) --require-hashes -r $(2)
	@touch $@
endef

.PHONY: run test check package bench lock test-slow test-dynamodb-local install engines clean

run: install engines
	@exec .venv/bin/python -m local

test: install engines
	.venv/bin/python -m pytest -n 2 --dist loadfile

check: install
	.venv/bin/ruff check .
	.venv/bin/mypy
	@if grep -q 'tool.importlinter' pyproject.toml || test -f .importlinter; then .venv/bin/lint-imports; fi

package: install
	.venv/bin/python -m ops.package .local/out

test-slow: install engines
	.venv/bin/python -m pytest -n 2 -m slow

bench: install engines
	.venv/bin/python -m benchmarks

test-dynamodb-local: install engines
	DYNAMODB=local .venv/bin/python -m pytest -m dynamodb_local

install: .venv/installed

# The local AWS pins other versions of what we use (and deploys our template with the translator beside it); the published
# command is a program of its own.
engines: .local/ministack/installed .local/thestage/installed

.venv/installed: requirements-dev.txt
	$(call environment,.venv,requirements-dev.txt,,$(PYTHONS))

.local/ministack/installed: local/requirements-ministack.txt
	@mkdir -p .local
	$(call environment,.local/ministack,local/requirements-ministack.txt,,$(RUNTIMES) $(PYTHONS))

.local/thestage/installed: tests/cli/requirements.txt
	@mkdir -p .local
	$(call environment,.local/thestage,tests/cli/requirements.txt,--ignore-requires-python,$(PYTHONS))

lock: .local/lock/installed
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) pyproject.toml --group build -o requirements-build.txt
	$(COMPILE) pyproject.toml --group dev -o requirements-dev.txt
	printf "%s\n" ministack==1.5.33 aws-sam-translator==1.115.0 | $(COMPILE) - -o local/requirements-ministack.txt
	echo thestage==0.7.16 | $(COMPILE) - -o tests/cli/requirements.txt

.local/lock/installed: install
	@test -x .local/lock/bin/uv || { .venv/bin/python -m venv .local/lock && \
	  .local/lock/bin/python -m pip install -q uv==$(UV_VERSION); }
	@touch $@

clean:
	rm -rf .local/package .local/out .local/build-3.13 .mypy_cache .pytest_cache .ruff_cache .hypothesis
