# Every target sets up .venv by itself, from requirements.txt (pinned), with uv where it is there and pip otherwise.

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin

# durable-rules is built from source; its release needs this on Python 3.13 and later
export CPPFLAGS += -DPyEval_CallObject=PyObject_CallObject

.PHONY: demo test browser check sanitize docs bank-holidays lock clean

demo: $(VENV)/ready
	$(BIN)/omi-check fixtures/cases/06-high-later-visit-attempted.json

test: check browser
	$(BIN)/pytest -n auto

browser: $(VENV)/ready         ## the Chromium that tests/browser looks at the report with; another is named by $$CHROMIUM
	$(BIN)/python tests/browser/chromium.py

check: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/omi-check rules lint

SANITIZED = build/sanitized

sanitize: $(VENV)/ready        ## the scanner of lines under gcc's sanitizers
	rm -rf $(SANITIZED) && mkdir -p $(SANITIZED) && cp -r omi_rules rulesets fixtures tests pyproject.toml $(SANITIZED)
	gcc -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -shared -fPIC omi_rules/_scan.c \
	  -I$$($(BIN)/python -c "import sysconfig; print(sysconfig.get_path('include'))") -o $(SANITIZED)/omi_rules/_scan.abi3.so
	cd $(SANITIZED) && PYTHONPATH=. PYTHONMALLOC=malloc ASAN_OPTIONS=detect_leaks=0 \
	  LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
	  $(abspath $(BIN))/python -m pytest -p no:cacheprovider tests/test_columns.py

docs: $(VENV)/ready            ## a page for each rule, the schemas
	$(BIN)/python docs/build.py

bank-holidays: $(VENV)/ready   ## the table of bank holidays, from the holidays library
	$(BIN)/python -c "from omi_rules.calendar import from_library as f; \
	print('# Bank holidays of England and Wales, from the holidays library. Written by: make bank-holidays'); \
	print(*sorted(f(1990, 2039)), sep='\n')" > omi_rules/bank_holidays.txt

lock: $(VENV)/ready            ## pin what is installed now
	(echo "# Pinned by \`make lock\`; pyproject.toml says what is needed and why."; \
	 $(BIN)/python -m pip freeze --exclude-editable) > requirements.txt

$(VENV)/ready: requirements.txt pyproject.toml hatch_build.py omi_rules/_scan.c
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python -r requirements.txt && \
	  uv pip install --quiet --python $(BIN)/python --no-deps -e .; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet -r requirements.txt && \
	  $(BIN)/python -m pip install --quiet --no-deps -e .; \
	fi
	@# an editable install leaves no bytecode where PYTHONDONTWRITEBYTECODE is set, and a start is slower without
	@$(BIN)/python -m compileall -q omi_rules
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
