# kohort: the commands a person needs. `make demo` and `make test` work from a fresh clone.
.PHONY: help setup build demo test bench peers clean
KOHORT := build/release/src/cli/kohort

help:
	@echo "make demo    install what is missing, build, run the demo study, print the report's path"
	@echo "make test    build everything and run every test (sanitizers, fuzzing and end-to-end tests included)"
	@echo "make build   build build/release/src/cli/kohort"
	@echo "make bench   run the benchmarks, beside the peers where they are installed (make peers)"
	@echo "make peers   install the libraries we compare with (R, scikit-learn, …)"

setup:
	@scripts/setup

build/release/build.ninja: | setup
	cmake --preset release

build: setup build/release/build.ninja
	cmake --build build/release --target kohort

demo: build
	@scripts/demo $(KOHORT)

# KOHORT_DATA, where the environment has it, is the folder of the real data sets.
test: setup build/release/build.ninja
	cmake --preset release -DKOHORT_DATA="$(KOHORT_DATA)"
	cmake --build build/release
	ctest --preset release

bench: build
	cmake --build build/release --target bench_boosting bench_explain bench_forest bench_glm bench_lasso bench_search bench_tuning
	@bench/run $(KOHORT)

peers:
	@scripts/setup --peers

clean:
	rm -rf build
