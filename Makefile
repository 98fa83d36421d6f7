# The targets of the project. "make help" lists them.
SHELL         := bash
.SHELLFLAGS   := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GO       ?= go
FUZZTIME ?= 10s

# Generators and linters have a module of their own, so that their hundreds of
# dependencies are none of the programs'.
TOOL := $(GO) tool -modfile=deploy/tools/go.mod

# buf is needed to change the contract, not to build or test.
BUF := npx --yes @bufbuild/buf@1.75.0

# Packages in which goroutines meet.
RACE := ./triage/redisq/... ./triage/jet/... ./triage/intake/... ./api/queueapi/...

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the programs into ./bin
	CGO_ENABLED=0 $(GO) build -o bin/ ./cmd/triaged ./cmd/triageq ./cmd/noticepush ./cmd/auditreplay

.PHONY: run
run: build ## start the service with everything embedded, on the sample mails, until Ctrl-C
	./bin/triaged --samples deploy/samples

.PHONY: test
test: export CI := true
test: ## what CI runs: vet, staticcheck, all tests on real servers, the race detector
	deploy/tools/need redis-server
	deploy/tools/need cc
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	$(GO) test ./...
	$(GO) test -race $(RACE)

.PHONY: check
check: test lint generate-diff tidy-diff ## before a release: test, lint, nothing left to generate or tidy, race everywhere, fuzz
	CI=true $(GO) test -race ./...
	$(MAKE) fuzz

.PHONY: bench
bench: ## measure what the service adds to the raw floors, in one run
	deploy/tools/need redis-server
	PPN_BENCH=1 CI=true $(GO) test -count=1 -v -run TestBench ./cmd/internal/daemon

.PHONY: lint
lint: ## the linters of .golangci.yml and those of the contract (needs npm)
	$(TOOL) golangci-lint run
	$(TOOL) golangci-lint fmt --diff
	$(BUF) lint proto

.PHONY: generate
generate: ## generate api/triagev1 from proto (needs npm)
	$(BUF) generate --template proto/buf.gen.yaml

.PHONY: generate-diff
generate-diff: generate
	git diff --exit-code -- api/triagev1
	test -z "$$(git status --porcelain -- api/triagev1)"

.PHONY: tidy-diff
tidy-diff:
	$(GO) mod tidy -diff

.PHONY: fuzz
fuzz: ## run every fuzz target for a while: FUZZTIME=10s
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | while IFS=: read -r file func; do \
		echo "== $${func#func } in $$(dirname "$$file")"; \
		$(GO) test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")"; \
	done
