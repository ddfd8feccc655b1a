# What a developer runs. Each target sets this machine up first (a second when there
# is nothing to do), so that any of them works on a fresh checkout.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
# A freshly installed Rust is not yet on the path of the shell that called make.
export PATH := $(HOME)/.cargo/bin:$(PATH)

target := $(or $(CARGO_TARGET_DIR),target)
kioskctl := $(target)/debug/kioskctl

.PHONY: help setup build models run test check check-api check-boot check-clients check-gpu check-tls soak bench gallery package

help:
	@echo "make run      set this machine up, build, and run the kiosk on it"
	echo "make test     the same set-up, then every test, real models included"
	echo "make check    format, clippy, documentation, licences, systemd units"
	echo "make check-boot  install the packages on a systemd in a container, and do to them what a lobby does"
	echo "make check-api  try the HTTP interface against its own description"
	echo "make check-clients  try the speech service with the official OpenAI client"
	echo "make check-tls  look at HTTPS as a scanner does"
	echo "make check-gpu  type-check the GPU code (needs no GPU)"
	echo "make models   fetch and verify the model files"
	echo "make bench    this machine's speed"
	echo "make soak     the long tests at full count"
	echo "make gallery  a picture of every screen"
	echo "make package  the Debian packages (ARCH=arm64: for a Jetson)"

setup:
	@provisioning/setup.sh

build: setup
	@cargo build --workspace --bins --locked

models: build
	@$(kioskctl) models fetch

run: models
	@provisioning/demo.sh

# Everything is built as the tests want it before the models are fetched: other
# targets choose other features of some libraries, which would then be built twice.
test: setup
	@provisioning/central.sh >/dev/null
	cargo test --workspace --locked --no-run
	$(kioskctl) models fetch
	@provisioning/tests.sh

check: setup
	@cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked
	provisioning/licences.sh
	provisioning/units.sh

# As `test` builds it, so that nothing is built twice.
check-clients: setup
	@cargo test --workspace --locked --no-run
	$(kioskctl) models fetch
	provisioning/clients.sh

check-api: setup
	@cargo test --workspace --locked --no-run
	provisioning/api.sh

check-tls: setup
	@cargo test --workspace --locked --no-run
	provisioning/tls.sh

# cmake is kept from looking for a CUDA toolkit: types are checked, nothing is linked.
check-gpu: setup
	@CMAKE=/bin/true CARGO_TARGET_DIR=$(target)/gpu cargo check -p kiosk-daemon --features cuda,tensorrt --locked

soak: setup
	@cargo test --workspace --locked --no-run
	$(kioskctl) models fetch
	KIOSK_SOAK=1 cargo test --workspace --locked -- --nocapture

bench: setup
	@cargo build --workspace --bins --release --locked
	$(target)/release/kioskctl models fetch
	$(target)/release/kioskctl bench

# Every page in every look, on every display, in every language, with a contact sheet for
# each of these, all of it measured; and the pictures of README and docs. Some 7,600
# pictures: the pages are optimised for it; it took 77 minutes beside other work on two cores.
gallery: setup
	@rm -rf $(target)/gallery && mkdir -p $(target)/gallery
	KIOSK_GALLERY=$(abspath $(target))/gallery cargo --config 'profile.dev.package.kiosk-ui.opt-level=1' test --workspace --locked --test gallery
	for page in welcome listening choose-practitioner choose-slot confirm booked my-appointment staff-day staff-ring-backs; do
	    cp $(target)/gallery/1280x800-usual-en-GH/*[0-9]-$$page.png docs/pictures/$$page.png
	done
	echo "$(target)/gallery: the pictures and their contact sheets"

# With ARCH=arm64: for a Jetson, from another machine.
package: setup
	@provisioning/package.sh $(ARCH:%=--%)

# What the tests built, in packages, on a systemd of its own in a container. Needs root.
check-boot: setup
	@cargo test --workspace --locked --no-run
	$(kioskctl) models fetch
	provisioning/package.sh --debug
	provisioning/boot.sh
