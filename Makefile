# Needs Go and Node. `make demo` is the main job on real figures; `make test` runs every test.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
DATA    ?= demo-data
LISTEN  ?= 127.0.0.1:8080
# The race detector needs a C compiler; without one the tests run without it.
RACE    ?= $(if $(shell command -v gcc cc clang 2>/dev/null),-race,)

.PHONY: all build assets demo test test-mongo lint fuzz faults bench shots docs clean

all: build

# nomsgpack leaves out gin's MessagePack codec, which nothing here speaks: 6 MB of 64.
build: assets
	$(GO) build -trimpath -tags nomsgpack -ldflags "-s -w -X main.version=$(VERSION)" -o sunmao .

# npm only fetches packages (no package script runs); web/build.mjs bundles them.
assets: web/dist/manifest.json
web/dist/manifest.json: package-lock.json web/build.mjs $(wildcard web/assets/*)
	npm ci --ignore-scripts --no-audit --no-fund
	node web/build.mjs

demo: build
	./sunmao demo --data $(DATA) --listen $(LISTEN)

test: assets
	$(GO) vet ./...
	$(GO) test $(RACE) -count=1 -timeout 45m ./...

# The MongoDB backend over the wire, against FerretDB in a module of its own.
test-mongo:
	cd services/store/mongodoc/ferret && $(GO) test -mod=mod -count=1 -timeout 25m ./...

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'gofmt: these files need formatting'; exit 1; }
	$(GO) vet ./...
	$(GO) -C .ci/tools build -o "$(CURDIR)/.ci/bin/" honnef.co/go/tools/cmd/staticcheck golang.org/x/vuln/cmd/govulncheck
	.ci/bin/staticcheck ./...

# Ten seconds of each fuzz target: make fuzz FUZZTIME=1m for longer.
FUZZTIME ?= 10s
fuzz:
	.ci/fuzz $(FUZZTIME)

# Kills, full disks, slow clients against the running program. Longer: FAULTS_ROUNDS=100 FAULTS_SOAK=1h make faults
faults:
	$(GO) test -count=1 -timeout 3h -v ./.ci/faults

bench:
	$(GO) test -run '^$$' -bench . -benchtime 1x ./...

# Pictures for the documents from a running demo (make demo in another window), by headless Chromium.
shots:
	$(GO) run ./.ci/shots -url http://$(LISTEN)

clean:
	rm -rf sunmao .ci/bin web/dist/* node_modules
