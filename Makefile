# retention: build, install and test with PGXS.
#
#   make && make install            builds and installs for the pg_config in PATH
#   make check, make demo           the two commands of the README
#   make installcheck               regression tests against a running server
#
# The version is written once, in retention.control.

EXTENSION  = retention
MODULE_big = retention

SRCDIR     := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(SRCDIR)retention.control)

# The arithmetic and the byte formats, which know nothing of the server.
SERVERLESS = packed normal beta calendar period_format rating_format \
             activity_format retention_format \
             money mrr_steps timeline_format revenue_format revenue_cohort_format engagement_format \
             logistic_fit logistic_format roc_format woe_format
# One module per concept (period, statistics, survey, retention, revenue), plus the shared ones.
C_FILES   = $(SERVERLESS) extension hash_key packed_io aggregate rows zone_clock \
            period_spec period statistics \
            survey survey_scores survey_inference survey_series \
            arena names customer_table customer_files customer_pass \
            activity retention_ages retention_state retention value_set retention_pass retention_rows \
            money_numeric monthly_amount timeline unit_economics \
            revenue_state revenue revenue_pass revenue_rows revenue_cohorts \
            logistic logistic_model roc roc_rows woe \
            scorecard_check scorecard_rules scorecard engagement lead_score crossing_time \
            score_leads notify_qualified
# In the order in which the installation script needs them.
SQL_PARTS = 00_header period statistics survey retention timeline revenue unit_economics scorecard model \
            views views_survey views_retention views_revenue views_leads \
            report_svg report_charts report_sections report

OBJS        = $(C_FILES:%=src/%.o)
PG_CPPFLAGS = -DRETENTION_VERSION='"$(EXTVERSION)"' -DRETENTION_SERVER
SHLIB_LINK  = -lm

DATA_built = sql/retention--$(EXTVERSION).sql
DATA       = $(filter-out $(DATA_built),$(patsubst $(SRCDIR)%,%,$(wildcard $(SRCDIR)sql/retention--*.sql)))

REGRESS      = period statistics survey retention timeline revenue unit_economics scorecard model views report formats lint
REGRESS_OPTS = --inputdir=$(srcdir)/test --load-extension=retention
REGRESS_PREP = regress-prep
EXTRA_CLEAN  = test/unit/build

PG_CONFIG ?= pg_config

all: sql/retention--$(EXTVERSION).sql

# These two find or install PostgreSQL themselves. They stand apart from PGXS,
# whose own `check` only says that it is not supported.
ifneq ($(filter check demo,$(MAKECMDGOALS)),)
check:
	sh $(SRCDIR)test/run.sh
demo:
	sh $(SRCDIR)demo/run.sh
else
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
endif

# Until PostgreSQL 15 all symbols of a module are global: keep ours from being taken
# for those of another module that happens to use the same name.
ifeq ($(PORTNAME),linux)
SHLIB_LINK += -Wl,-Bsymbolic
endif

$(OBJS): $(wildcard $(SRCDIR)src/*.h) | $(CURDIR)/src

$(CURDIR)/src:
	@mkdir -p $@

sql/retention--$(EXTVERSION).sql: $(SRCDIR)sql/expand.awk $(SRCDIR)sql/parts/type.sql.in $(SQL_PARTS:%=$(SRCDIR)sql/parts/%.sql)
	@mkdir -p $(@D)
	awk -f $^ > $@

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

.PHONY: regress-prep unitcheck check demo
