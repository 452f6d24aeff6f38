# Thin names; the work is in run.py, tests/ and manage.py.
PYTHON = .venv/bin/python
CALLS ?= 100000
PIN = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: run test lint types bench bench-search bench-export bench-queue bench-call bench-review bench-board screenshots translations lock

run:
	python3 run.py

test:
	python3 run.py test

lint:
	$(PYTHON) -m tests.gates lint

types:
	$(PYTHON) -m tests.gates types

bench:
	$(PYTHON) -m bench.fetching

bench-search:
	$(PYTHON) -m bench.search --calls $(CALLS)
	$(PYTHON) -m tests.postgres -c shared_buffers=4GB $(PYTHON) -m bench.search --calls $(CALLS)

bench-review:
	$(PYTHON) -m bench.reviewing

bench-export:
	$(PYTHON) -m bench.exporting

bench-queue:
	$(PYTHON) -m bench.queueing
	$(PYTHON) -m tests.postgres $(PYTHON) -m bench.queueing

bench-call:
	$(PYTHON) -m bench.call --calls $(CALLS)

bench-board:
	$(PYTHON) -m bench.boarding
	$(PYTHON) -m tests.postgres -c shared_buffers=4GB $(PYTHON) -m bench.boarding

screenshots:
	EARSHOT_SHOTS=docs/images $(PYTHON) -m pytest tests/browser -k screenshot

translations:
	$(PYTHON) manage.py translations

lock:
	$(PIN) requirements.in -o requirements.txt
	$(PIN) requirements-dev.in -o requirements-dev.txt
