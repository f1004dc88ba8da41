# Every target is one line of `python -m akhlak_research`, which sets everything up by itself (Windows needs no make).
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3 python,$(if $(shell $(name) --version 2>/dev/null),$(name))))

.PHONY: run report lab test test-slow lint clean
run report lab test test-slow lint clean:
	@$(PYTHON) -m akhlak_research $@
