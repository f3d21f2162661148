# retention: build, install and test with PGXS.
#
#   make && make install            builds and installs for the pg_config in PATH
#   make PG_CONFIG=... install      for another PostgreSQL; what was built for the first is built again
#   make with_llvm=no ...           without bitcode for the JIT compiler, where clang is missing
#   make check, make demo           the two commands of the README
#   make installcheck               regression tests against a running server
#   make dist                       retention-VERSION.zip of the commit, for PGXN
#
# Nothing here but `make check` and `make demo` reaches for the network.
# The version is written once, in retention.control.

EXTENSION  = retention
MODULE_big = retention

SRCDIR     := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(SRCDIR)retention.control)

# The arithmetic and the byte formats, which know nothing of the server.
SERVERLESS = packed normal beta student multiple_tests calendar period_format rating_format respondent_format \
             activity_format retention_format \
             money mrr_steps timeline_format revenue_format revenue_cohort_format engagement_format \
             logistic_fit logistic_format roc_format woe_format
# One module per concept (period, statistics, survey, retention, revenue), plus the shared ones.
C_FILES   = $(SERVERLESS) extension hash_key packed_io aggregate rows zone_clock \
            period_spec period statistics fisher \
            survey survey_scores survey_inference survey_series survey_series_rows respondents respondents_pass respondents_rows \
            arena names customer_table customer_files customer_pass \
            activity retention_ages retention_state retention value_set retention_pass retention_rows \
            money_numeric monthly_amount timeline unit_economics \
            revenue_state revenue revenue_pass revenue_rows revenue_cohorts \
            logistic logistic_model roc roc_rows woe \
            scorecard_text scorecard_checker scorecard_check scorecard_rules scorecard_conditions scorecard engagement lead_score decay_sum crossing_time \
            lead_id score_leads notify_qualified report_text
# In the order in which the installation script needs them.
SQL_PARTS = 00_header schema version period statistics survey respondents retention timeline revenue unit_economics scorecard model \
            views views_objects views_survey views_retention views_revenue views_leads \
            report_svg report_charts report_sections report

OBJS        = $(C_FILES:%=src/%.o)
PG_CPPFLAGS = -DRETENTION_VERSION='"$(EXTVERSION)"' -DRETENTION_SERVER
SHLIB_LINK  = -lm

SCRIPT     = sql/retention--$(EXTVERSION).sql
# In full, or a build outside the source tree would take one that was made there for its own.
DATA_built = $(CURDIR)/$(SCRIPT)
DATA       = $(filter-out $(SCRIPT),$(patsubst $(SRCDIR)%,%,$(wildcard $(SRCDIR)sql/retention--*.sql)))

REGRESS      = period statistics survey respondents retention timeline revenue unit_economics scorecard model views report formats lint
REGRESS_OPTS = --inputdir=$(srcdir)/test --load-extension=retention
REGRESS_PREP = regress-prep
EXTRA_CLEAN  = test/unit/build built-for $(DIST).zip

# What is installed for readers, in the folders that their links expect.
DOC_FILES = README.md README.ja.md CHANGELOG.md SECURITY.md LICENSE bench/results.svg \
            $(patsubst $(SRCDIR)%,%,$(wildcard $(SRCDIR)doc/*.md $(SRCDIR)doc/*.json))

DIST = retention-$(EXTVERSION)

PG_CONFIG ?= pg_config

all: $(DATA_built)

# These two find or install PostgreSQL themselves. They stand apart from PGXS,
# whose own `check` only says that it is not supported.
ifneq ($(filter check demo,$(MAKECMDGOALS)),)
check:
	sh $(SRCDIR)test/run.sh
demo:
	sh $(SRCDIR)demo/run.sh
else
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(wildcard $(PGXS)),)
$(error PG_CONFIG=$(PG_CONFIG) is no pg_config of a PostgreSQL with the files to build extensions (postgresql-server-dev-NN, postgresqlNN-devel))
endif
include $(PGXS)
endif

# Until PostgreSQL 15 all symbols of a module are global: keep ours from being taken
# for those of another module that happens to use the same name.
ifeq ($(PORTNAME),linux)
SHLIB_LINK += -Wl,-Bsymbolic
endif

$(OBJS) $(OBJS:.o=.bc): $(wildcard $(SRCDIR)src/*.h) $(CURDIR)/built-for | $(CURDIR)/src

$(CURDIR)/src:
	@mkdir -p $@

# Which PostgreSQL the objects were compiled for, and which version of the extension: for
# another one they are compiled again. The caller's CFLAGS are no part of it, since packagers
# state them for `make` and leave them out for `make install`.
BUILT_FOR := $(EXTVERSION) $(shell $(PG_CONFIG) --version --pkglibdir --includedir-server --configure --cc --cflags | cksum)

ifneq ($(shell cat built-for 2>/dev/null),$(BUILT_FOR))
$(CURDIR)/built-for: FORCE
endif
$(CURDIR)/built-for:
	@echo '$(BUILT_FOR)' >$@

FORCE:

$(DATA_built): $(SRCDIR)sql/expand.awk $(SRCDIR)sql/parts/type.sql.in $(SQL_PARTS:%=$(SRCDIR)sql/parts/%.sql)
	@mkdir -p $(@D)
	awk -f $^ > $@

# PGXS would put all pages into one folder, with those of other extensions.
retention_docdir = $(DESTDIR)$(docdir)/extension/retention

install: install-docs
uninstall: uninstall-docs

install-docs: installdirs
	for dir in $(sort $(dir $(DOC_FILES))); do $(MKDIR_P) '$(retention_docdir)'/$$dir || exit 1; done
	for file in $(DOC_FILES); do $(INSTALL_DATA) $(SRCDIR)$$file '$(retention_docdir)'/$$file || exit 1; done

uninstall-docs:
	rm -f $(addprefix '$(retention_docdir)'/,$(DOC_FILES))
	for dir in $(sort $(dir $(DOC_FILES))); do rmdir '$(retention_docdir)'/$$dir 2>/dev/null || :; done
	rmdir '$(retention_docdir)' 2>/dev/null || :

# Bitcode that an earlier installation left behind would be inlined in place of this library.
ifneq ($(with_llvm),yes)
install: remove-bitcode
uninstall: remove-bitcode
endif

remove-bitcode:
	rm -rf '$(DESTDIR)$(pkglibdir)/bitcode/$(MODULE_big)' '$(DESTDIR)$(pkglibdir)/bitcode/$(MODULE_big).index.bc'

# The commit as an archive. PGXN's clients look for the installation script in it, which
# is not in the repository before it is released.
dist: $(DATA_built)
	git -C $(SRCDIR) archive --format=zip -o '$(CURDIR)/$(DIST).zip' --prefix=$(DIST)/sql/ \
	  $(if $(shell git -C $(SRCDIR) ls-files $(SCRIPT)),,--add-file='$(DATA_built)') \
	  --prefix=$(DIST)/ HEAD

# pg_regress looks for ./sql/T.sql before test/sql/T.sql, so no file there may
# carry the name of a test. A build outside the source tree needs expected/ beside it.
regress-prep:
	@for t in $(REGRESS); do \
	  if [ -e sql/$$t.sql ]; then echo "sql/$$t.sql would shadow test/sql/$$t.sql" >&2; exit 1; fi; \
	done
	@if [ ! -e expected ]; then ln -s $(SRCDIR)expected expected; fi

# What needs no server: the numeric functions and the decoders. They print TAP.
UNIT_TESTS = distributions revenue

unitcheck: $(UNIT_TESTS:%=test/unit/build/%)
	prove $^

test/unit/build/%: $(SRCDIR)test/unit/%.c $(SERVERLESS:%=$(SRCDIR)src/%.c) $(wildcard $(SRCDIR)src/*.h)
	@mkdir -p $(@D)
	$(CC) -std=gnu99 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -I$(SRCDIR)src -o $@ $(filter %.c,$^) -lm

.PHONY: regress-prep unitcheck check demo install-docs uninstall-docs remove-bitcode dist FORCE
