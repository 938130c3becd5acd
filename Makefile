# One command for each thing one does with this repository. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

FUZZTIME ?= 30s
BENCH ?= .

# The tools have a module of their own, so that what they need stays out of ours. Go keeps each built tool in its build
# cache; the first `make lint` of a machine waits some minutes for golangci-lint.
TOOL := go tool -modfile=$(CURDIR)/tools/go.mod

# The race detector needs a C compiler. Where there is none, and none can be installed, the tests run without it. It watches
# all Go code but SQLite, which is C turned into Go, has locks of its own, and took most of the time when it was watched.
RACE = $(shell command -v $$(go env CC) >/dev/null && echo -race "'-gcflags=modernc.org/...=-race=false -d=checkptr=0'")

.PHONY: help
help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: build
build: ## build bin/daypass
	CGO_ENABLED=0 go build -trimpath -o bin/daypass ./cmd/daypass

.PHONY: run
run: build ## start a server on 127.0.0.1:8077 that keeps its data in ./daypass-data
	@exec bin/daypass serve

# The scripts of cmd start the program some hundred times, and one that looks for races takes ten times as long to start. Nor do
# the tests that send 100,000 requests look for races. Those of e2e wait for other programs, and for the server's time limits.
.PHONY: test
test: ## run all tests; installs what they need and lack
	@e2e/install.sh
	tools/test.sh . $(RACE) $$(go list ./... | grep -v /cmd/)
	tools/test.sh . ./cmd/...
	tools/test.sh . -run '^(TestTime|TestMalformedRequests)$$' ./internal/api ./internal/server
	tools/fuzz.sh 10000x
	tools/test.sh e2e -count=1 -timeout 25m -parallel 6 ./...

.PHONY: test-short
test-short: ## run what is quick: the inner loop
	go test -short ./...

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (30s, or 10000x)
	tools/fuzz.sh $(FUZZTIME)

.PHONY: corpus
corpus: ## keep those inputs of make fuzz that reach what no other does, as seeds under testdata/fuzz
	tools/corpus.py $(CORPUS)

.PHONY: bench
bench: ## run the benchmarks, then compare the server with a bare handler and a bare proxy
	go test -run '^$$' -bench '$(BENCH)' -benchmem ./...
	go run ./bench

.PHONY: cover
cover: ## write coverage.html, and print the total
	go test -coverpkg=./... -coverprofile=coverage.out ./...
	go tool cover -html=coverage.out -o coverage.html
	go tool cover -func=coverage.out | tail -1

.PHONY: lint
lint: ## check the form, the code, and that generated code is fresh
	tools/generated.sh check
	@unformatted=$$($(TOOL) gofumpt -l .); if [[ -n $$unformatted ]]; then \
		echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	@for module in . e2e; do (set -x; cd $$module; go vet ./...; $(TOOL) staticcheck ./...; $(TOOL) golangci-lint run); done

.PHONY: fmt
fmt: ## format the code
	@for module in . e2e; do (cd $$module; $(TOOL) golangci-lint fmt); done

# Not a part of lint: it needs the network for its database, and what it says changes without a change here.
# GOVULNDB names a copy of the database, for machines without that network.
.PHONY: vuln
vuln: ## look for known vulnerabilities in what we call
	tools/vuln.sh

.PHONY: generate
generate: ## make the generated code and docs/compatibility.md again
	rm -f internal/store/*.sql_gen.go
	$(TOOL) sqlc generate
	tools/generated.sh record
	go test ./internal/operation -run '^TestCompatibility$$' -update

.PHONY: clean
clean: ## remove what was built here; the data of make run stays
	rm -rf bin e2e/node/node_modules coverage.out coverage.html
