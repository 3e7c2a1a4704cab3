# The one way to build, test and read the book.  `make` alone lists what there is.
#
# A chapter's executed notebook depends on its text, on the modules that it imports, on the summarised results, on the
# installed packages and, by its folder, on the profile.  So a second `make book` runs what changed and nothing else.

PROFILE ?= quick
JOBS    ?= 2
VENV    := .venv
PY      := $(VENV)/bin/python
BUILD   := _build
RUNS    := $(BUILD)/executed/$(PROFILE)
SITE    := $(BUILD)/html/index.html

ifneq ($(or $(MAKECMDGOALS),help),help)
ifeq ($(filter quick paper,$(PROFILE)),)
$(error PROFILE must be quick or paper, not '$(PROFILE)')
endif
ifneq ($(shell test '$(JOBS)' -ge 1 2>/dev/null && echo fine),fine)
$(error JOBS must be a whole number of at least 1, not '$(JOBS)')
endif
endif

# The first Python that will do; else python3, so that tools/install.py can say what is wrong with it.
FITS    := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON  ?= $(shell for python in python3.11 python3.12 python3.13 python3 python; do \
             $$python -c '$(FITS)' 2>/dev/null && echo $$python && exit; done; echo python3)

CHAPTERS := $(patsubst book/%.md,%,$(shell grep -l '^ *format_name: myst' book/*.md 2>/dev/null))
RUN      := $(CHAPTERS:%=$(RUNS)/%.ipynb)
LIBRARY  := $(shell find lpu_core lpu_book -name '*.py' 2>/dev/null)
DATA     := $(shell find lpu_core lpu_book -type f ! -name '*.py' ! -name '*.pyc' ! -name '.*' 2>/dev/null)
RESULTS  := $(wildcard book/results/* book/results/*/*)
# Files alone: a folder's time changes with whatever a test leaves in it.
PAGES    := $(sort $(wildcard book/*.md book/*.bib) $(shell find book/assets book/images book/templates -type f \
              ! -path '*/vendor*' ! -name '*.pyc' ! -name '.*' 2>/dev/null))

# Containers tend to set it; then each of some twenty processes compiles all its packages anew, 4 s each.
unexport PYTHONDONTWRITEBYTECODE
# JavaScript's linter and formatter: one binary, which npm keeps in its cache; biome.json has the rules.
biome = if command -v npx > /dev/null; then npx --yes @biomejs/biome@2.6.8 check --error-on-warnings $(1); \
        else echo 'There is no npm: JavaScript was not checked.'; fi
# Workers share the cores, so each keeps to one.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
# Once more with the shapes in the annotations checked at every call, which takes six times as long: what is quick.
SHAPES  := $(patsubst %,tests/test_%.py,networks networks_flow tasks recordings readouts)
# For the table that ends a build: what began before this moment is of an earlier one.
export LPU_BUILD_STARTED := $(or $(LPU_BUILD_STARTED),$(shell date +%s))

# Drops what something damaged, then starts what follows; with --alone, once no other build is at work.  A dry
# run (-n) does without.
BEGIN     = $(if $(findstring n,$(firstword -$(MAKEFLAGS))),,$(PY) -m tools.begin $(PROFILE) $1)

.DELETE_ON_ERROR:
.PRECIOUS: $(RUNS)/%.ipynb   # written whole or not at all: keep what was done when interrupted
.PHONY: help book site pdf chapter test test-wheel mutate lint format lab serve results bench assignments grade mark check-assignments install \
         lock clean distclean FORCE

help: ## this list
	@echo 'make TARGET [PROFILE=quick|paper] [JOBS=2] [PYTHON=python3.11]'; echo
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | while IFS='	' read -r name what; do printf '  %-18s %s\n' "$$name" "$$what"; done

book: $(BUILD)/chapters.d ## build the book; read it at _build/html/index.html
	+@$(call BEGIN,--alone) $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS)) site
	@echo "The book ($(PROFILE)): $(SITE)"

pdf: book ## print the whole book into one PDF, linked from the site; takes Chromium
	@$(PY) -m tools.make_pdf

chapter: $(if $(filter $(NAME),$(CHAPTERS)),$(BUILD)/chapters.d) ## run one chapter: make chapter NAME=theory
ifeq ($(filter $(NAME),$(CHAPTERS)),)
	@echo "NAME must be one of: $(CHAPTERS); not '$(NAME)'" >&2; exit 2
else
	+@$(call BEGIN) $(MAKE) --no-print-directory --silent $(RUNS)/$(NAME).ipynb
	@echo "$(NAME) ($(PROFILE)): $(RUNS)/$(NAME).ipynb"
endif

test: $(VENV)/packages.txt ## test the package, the tools and, where it is built, the site
	@$(ONE_THREAD) $(PY) -m pytest -n $(JOBS) --dist worksteal $(ARGS)
	@$(if $(ARGS),:,$(ONE_THREAD) LPU_SHAPES=1 $(PY) -m pytest -q -n $(JOBS) $(SHAPES))

mutate: $(VENV)/packages.txt ## change a module in small ways, and see whether tests notice: make mutate NAME=subspace
	@$(ONE_THREAD) $(PY) -m tools.mutate $(NAME) $(ARGS)

test-wheel: $(VENV)/packages.txt ## test the library as it is installed: make test-wheel ARGS='--python python3.13 --lowest'
	@$(ONE_THREAD) $(PY) -m tools.test_wheel --jobs $(JOBS) $(ARGS)

lint: $(VENV)/packages.txt ## check style and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy lpu_core lpu_book tools
	@$(call biome)

format: $(VENV)/packages.txt ## put code and chapters in the house's form
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .
	@$(call biome,--write)
	@$(PY) -m tools.canonical

lab: $(VENV)/packages.txt ## open the book in JupyterLab, with ARGS='--no-browser' or other options of its own
	JUPYTER_PATH="$(CURDIR)/tools/jupyter" \
	  $(PY) -m jupyter lab --ServerApp.root_dir=book $(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS)

serve: ## serve the built book at localhost:8000
	@test -f $(SITE) || { echo 'The book is not built: make book' >&2; exit 1; }
	$(PYTHON) -m http.server 8000 --bind 127.0.0.1 --directory $(dir $(SITE))

# MALLOC_…: glibc keeps the memory that training frees, and does not ask for it again at every step.
results: $(VENV)/packages.txt ## run the paper-size experiments, or PARTS='drift theory.rank_limit', into book/results
	@MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=4294967296 $(PY) -m tools.results $(PARTS)

bench: $(VENV)/packages.txt ## measure speed, as ratios within one run
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 LPU_PROGRESS=0 $(PY) -m benchmarks.bench $(PARTS)

assignments: $(VENV)/packages.txt ## write the students' notebooks, and a zip of them, to _build/assignments; NAME=theory for one
	@$(PY) -m tools.assignments release $(NAME)

grade: $(VENV)/packages.txt ## grade what came: make grade COURSE=my-course SUBMISSIONS=a-folder-or-zip; again: NAME=, STUDENT= or QUESTION=
	@$(PY) -m tools.assignments grade --course "$(or $(COURSE),course)" $(if $(SUBMISSIONS),--submissions "$(SUBMISSIONS)") \
	  $(if $(SEED),--seed $(SEED)) $(if $(STUDENT),--student "$(STUDENT)") $(if $(QUESTION),--question "$(QUESTION)") \
	  $(if $(NAME),--name "$(NAME)") $(if $(filter 1,$(UNSAFE)),--unsafe) --jobs $(JOBS)

mark: $(VENV)/packages.txt ## read answers, give and change points in the browser: make mark COURSE=my-course [BY=name]
	@$(PY) -m tools.assignments mark --course "$(or $(COURSE),course)" $(if $(BY),--by "$(BY)")

check-assignments: $(VENV)/packages.txt ## check that solutions and typical mistakes get the points they should
	@$(PY) -m tools.assignments check --jobs $(JOBS)

install: $(VENV)/packages.txt ## make .venv with the pinned packages
	@$(if $(filter file,$(origin PYTHON)),:,$(PYTHON) tools/install.py --same)

lock: $(VENV)/packages.txt ## write requirements.lock anew; UPGRADE=1 takes the newest versions
	$(PY) -m uv pip compile -q --universal --python-version 3.11 --all-extras --no-header --no-annotate pyproject.toml \
	  $(if $(UPGRADE),,-c requirements.lock) | grep -vE '^(triton|nvidia-|cuda-)' > requirements.lock.part   # torch for CPUs
	mv requirements.lock.part requirements.lock

.DEFAULT:
	@echo "There is no '$@', and no rule that makes it; make help lists what there is to make." >&2; exit 2

clean: ## remove what was built
	rm -rf $(BUILD)

distclean: clean ## remove also the environment and the fetched browser libraries
	rm -rf $(VENV) book/assets/vendor book/assets/live/vendor tests/vendor

# --- the environment -------------------------------------------------------------------------------------------

$(VENV)/.done: pyproject.toml requirements.lock tools/install.py
	@$(PYTHON) tools/install.py

# The chapters depend on this list and not on .done: an install that changes no version reruns no chapter.
$(VENV)/packages.txt: | $(VENV)/.done
	@test -f $@ || $(PY) tools/install.py --list

# --- the chapters ----------------------------------------------------------------------------------------------

$(RUNS)/%.ipynb: book/%.md $(DATA) $(RESULTS) $(VENV)/packages.txt tools/run_chapter.py
	@$(PY) -m tools.run_chapter $* --profile $(PROFILE) --output $@

# The modules that each chapter imports.  `book` and `chapter` write them, and then the make that they start reads them:
# what a make includes it would make even in a dry run, and the environment before it.  Folders tell when a module went away.
ifneq ($(filter site $(RUNS)/%,$(MAKECMDGOALS)),)
include $(wildcard $(BUILD)/chapters.d)
else
$(BUILD)/chapters.d: $(CHAPTERS:%=book/%.md) $(LIBRARY) $(sort $(dir $(LIBRARY))) tools/dependencies.py | $(VENV)/packages.txt
	@$(PY) -m tools.dependencies $@
endif

# These chapters also look into the folder that LPU_RECORDINGS names, and see it from book/.
RECORDED := import os, pathlib; folder = os.environ.get('LPU_RECORDINGS', ''); print(folder); os.chdir('book'); \
            [print(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in sorted(pathlib.Path(folder).glob('*.npz'))]
$(RUNS)/readouts-recordings.ipynb $(RUNS)/stability-abstracts.ipynb: $(BUILD)/recordings.txt
$(BUILD)/recordings.txt: FORCE | $(VENV)/packages.txt
	@mkdir -p $(BUILD)
	@$(PY) -c "$(RECORDED)" > $@.part
	@cmp -s $@.part $@ && rm $@.part || mv $@.part $@

# --- the site --------------------------------------------------------------------------------------------------

# What no file's time tells: the profile, and which pages there are.
$(BUILD)/inputs.txt: FORCE
	@mkdir -p $(BUILD)
	@echo '$(PROFILE) $(PAGES) $(CHAPTERS)' | cmp -s - $@ || echo '$(PROFILE) $(PAGES) $(CHAPTERS)' > $@

$(BUILD)/claims.json: $(RUN) book/claims.yml _toc.yml $(BUILD)/inputs.txt tools/scorecard.py
	@$(PY) -m tools.scorecard --profile $(PROFILE)

# The site offers them, too.
EXERCISES := $(wildcard book/assignments/*.md)
HANDOUT   := $(if $(EXERCISES),$(BUILD)/assignments/lpu-assignments.zip)
$(HANDOUT): $(EXERCISES) $(LIBRARY) $(addprefix tools/assignments/,handout.py practice.py questions.py release.py) | $(VENV)/packages.txt
	@$(PY) -m tools.assignments release

site: $(SITE)
$(SITE): $(BUILD)/claims.json $(RUN) $(PAGES) $(HANDOUT) $(LIBRARY) _config.yml _toc.yml CHANGELOG.md $(wildcard benchmarks/*.json) \
         $(addprefix tools/,build_site.py build_times.py costs.py edition.py export_notebooks.py figure_files.py finder.py laboratory.py laboratory_tasks.py live.py moving.py polish.py \
         publication.py site_pictures.py speed.py vendor_assets.py)
	@$(PY) -m tools.vendor_assets
	@$(PY) -m tools.build_site --profile $(PROFILE)
