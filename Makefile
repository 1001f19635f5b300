# Vagus. `make` alone lists what can be done.
.DEFAULT_GOAL := help
SHELL := /bin/sh
export PATH := $(CURDIR)/.tools/node_modules/node/bin:$(CURDIR)/node_modules/.bin:$(PATH)

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what running Vagus needs (HAProxy, Node, npm packages), and build the console
	@tools/bootstrap run

console: setup ## build the web console, which a controller serves from its next start

demo: setup ## run a demonstration hospital behind Vagus, until Ctrl-C
	@exec bin/vagus demo

test: ## run everything: types, lint, format, unused code, and all tests with real peers
	@tools/bootstrap test
	@node tools/test.ts

check: ## run what needs no network: types, lint, format, unused code, the law of imports
	@tools/bootstrap test
	@node tools/check.ts
	@vitest run --project unit test/law

format: ## format the code
	@tools/bootstrap test
	@oxfmt

docs: ## rewrite the pages that are made from code
	@tools/bootstrap test
	@node tools/errors.ts
	@node tools/openapi.ts

bench: ## measure against hand-tuned HAProxy, nginx and a Node proxy
	@tools/bootstrap bench
	@node bench/index.ts

.PHONY: help setup console demo test check format docs bench
