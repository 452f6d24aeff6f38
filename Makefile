# Thin names; the work is in run.py, tests/ and manage.py.
PYTHON = .venv/bin/python
PIN = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: run test lint types bench screenshots translations lock

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

screenshots:
	EARSHOT_SHOTS=docs/images $(PYTHON) -m pytest tests/browser -k screenshot

translations:
	$(PYTHON) manage.py translations

lock:
	$(PIN) requirements.in -o requirements.txt
	$(PIN) requirements-dev.in -o requirements-dev.txt
