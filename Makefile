# `make` alone prints the targets. PYTHON=python3.13 picks a Python (and an environment of its own, .venv-3.13).

VENV := .venv$(if $(PYTHON),-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'))
BIN := $(VENV)/bin
READY = @PYTHON="$(PYTHON)" .ci/environment $(VENV)

# Not every shell makes a home of the ~ in DROP=~/my-photos.
override DROP := $(patsubst ~/%,$(HOME)/%,$(DROP))
override DIR := $(patsubst ~/%,$(HOME)/%,$(DIR))
export DROP PORT CONSOLE_PORT DIR

.DEFAULT_GOAL := help
.PHONY: help run test lint format types bench screens pages strings install uninstall clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 17

run: ## a demo stall on this machine; DROP=~/my-photos PORT=8081 CONSOLE_PORT=8444 DIR=~/stall, each optional
	$(READY)
	@$(BIN)/python -m provisioning.demo $(if $(DROP),--drop "$$DROP") $(if $(PORT),--port "$$PORT") \
	  $(if $(CONSOLE_PORT),--console-port "$$CONSOLE_PORT") $(if $(DIR),--dir "$$DIR")

test: ## all tests that this machine can run; ARGS="-k sale" for some, STALLBOX_LONG=1 as far as CI
	$(READY) dev
	$(BIN)/python -m pytest $(ARGS)

lint: types ## ruff, mypy --strict and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: ## mypy --strict alone
	$(READY) dev
	$(BIN)/mypy

format: ## the code laid out by ruff
	$(READY) dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: ## speed, beside nginx and sha256sum
	$(READY) dev
	$(BIN)/python -m tests.bench $(ARGS)

screens: ## every page of the screen anew: golden images for the tests, docs/screens.png
	$(READY) dev
	$(BIN)/python -m tests.screens.redraw

pages: ## every page of the shop and the console anew, in two languages: docs/pages-*.webp
	$(READY) dev
	@cd tests/browser && npm install --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error
	$(BIN)/python -m tests.browser.contact_sheet

strings: ## what pages say, gathered into the catalogues of all languages
	$(READY) dev
	$(BIN)/python -m tests.locales.strings

install: ## the box on this machine, as root: sudo make install; PANEL=inky or waveshare, WHEELS=folder without a network
	@WHEELS="$(WHEELS)" PANEL="$(PANEL)" systemd/setup install

uninstall: ## takes it away again; the stall's data in /var/lib/stallbox stays
	@systemd/setup uninstall

clean: ## takes away environments and caches; a stall's data in ./var stays
	rm -rf .venv .venv-* build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
