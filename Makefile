# Everything a person types. `make` alone tells what there is.
#
# The environment is made from the hash-locked lists; a stamp named after the list's checksum lets the next start skip it.

VENV := .venv
BIN := $(VENV)/bin
# The first half mends an environment whose making was cut off before it had pip.
PIP := { $(BIN)/python -m pip --version || $(BIN)/python -m ensurepip; } >/dev/null 2>&1; \
       $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes
NO_NETWORK := { echo "The packages could not be fetched. Is there a network? Then type the same again."; exit 1; }
checksum = $(shell cksum < $(1) | tr ' ' '-')
RUN_READY := $(VENV)/.ready-run-$(call checksum,requirements.lock)
DEV_READY := $(VENV)/.ready-dev-$(call checksum,requirements-dev.lock)
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.PHONY: help demo test evidence mutants bench lock clean translations
.DEFAULT_GOAL := help

help:
	@echo "make demo              the portal with real purchases, on this machine (PORT=8026 for another port)"
	@echo "make demo LAN=1        the same for a phone in this network, over self-made TLS"
	@echo "make test              lint, types and every test (ARGS='-k refund' for some)"
	@echo "make evidence          the long checks at full size -> docs/evidence.md"
	@echo "make mutants           make each known mistake in a copy; a test must catch it (ARGS=refund for some)"
	@echo "make bench             measurements -> docs/performance.md"
	@echo "make lock              write both lock files anew from pyproject.toml (needs uv)"
	@echo "make translations      collect the words of the pages for translators and compile theirs (NEW=pl begins another language)"
	@echo "make clean             remove the environment and caches; the demo's data in var/ stays"

demo: $(RUN_READY)
	@exec $(BIN)/python -m portal demo $(if $(LAN),--lan) $(if $(PORT),--port $(PORT))

test: $(DEV_READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict portal
	@$(BIN)/python -m tests.servers
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

evidence: $(DEV_READY)
	@exec $(BIN)/python -m tests.evidence $(ARGS)

mutants: $(DEV_READY)
	@exec $(BIN)/python -m tests.mutants $(ARGS)

bench: $(DEV_READY)
	@exec $(BIN)/python -m tests.bench $(ARGS)

lock:
	@command -v uv >/dev/null || { echo "uv is missing. Type: python3 -m pip install uv   (or: pipx install uv)"; exit 1; }
	@$(LOCK) --extra production pyproject.toml -o requirements.lock
	@$(LOCK) --extra production --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# An environment that works is kept; one that is missing, or of a Python that was removed, is made afresh.
$(BIN)/python:
	@python=""; \
	for candidate in $(if $(PYTHON),$(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$candidate"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or newer is missing. Type: apt install python3 python3-venv"; \
	  echo "(macOS: brew install python). Is it elsewhere? Type: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	  version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "$$python has no venv module. Type: apt install python3-venv   (or: apt install python$$version-venv)"; exit 1; \
	fi; \
	echo "Making the environment in $(VENV), once; this takes about a minute ..."; \
	"$$python" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUN_READY): | $(BIN)/python
	@$(PIP) -r requirements.lock || $(NO_NETWORK)
	@rm -f $(VENV)/.ready-run-*
	@touch $@

# The developers' list holds the other one whole.
$(DEV_READY): | $(BIN)/python
	@echo "Fetching what the tests need, once ..."
	@$(PIP) -r requirements-dev.lock || $(NO_NETWORK)
	@rm -f $(VENV)/.ready-*
	@touch $@ $(RUN_READY)

# The words of the pages -> each language's messages.po, and what is translated there -> messages.mo (docs/languages.md).
LANGUAGES := portal/translations
POT := .messages.pot
translations: $(DEV_READY)
	@$(BIN)/pybabel --quiet extract --mapping $(LANGUAGES)/babel.cfg --keywords _l --keywords _N --no-wrap \
	  --sort-by-file --add-location=file --project=portal --output $(POT) .
	@$(if $(NEW),$(BIN)/pybabel --quiet init --no-wrap --input-file $(POT) --output-dir $(LANGUAGES) --locale $(NEW))
	@$(BIN)/pybabel --quiet update --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date \
	  --input-file $(POT) --output-dir $(LANGUAGES)
	@$(BIN)/pybabel --quiet compile --directory $(LANGUAGES)
	@rm $(POT)
