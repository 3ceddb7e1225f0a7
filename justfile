# Every command that we run more than once. `just` alone lists them.
_default:
    @just --list

# Start the server and play an ordinary day on the demo district.
demo:
    cargo run --release -- demo

# What CI runs.
check:
    tests/run

# Kill the server with -9 at random points under load, N times.
kills n="500":
    cargo build --release --workspace --bins
    LOCKSTEP_KILLS={{n}} cargo test --release -p lockstep-tests --test fault -- --nocapture kill

# Every row of the fault table under real children: goes on where it stopped, and prints the table.
# `just faults kill:300,split:10` chooses rows and tries; a report that is to begin anew is removed.
faults rows="full":
    cargo build --release --workspace --bins --features lockstep-server/failpoints
    cp target/release/lockstep-server target/release/lockstep-server-failpoints
    cargo build --release --workspace --bins
    LOCKSTEP_FAULTS={{rows}} cargo test --release -p lockstep-tests --test faults

# A million random commands against the rules.
long:
    LOCKSTEP_LONG=1 cargo test --release -p lockstep-rules -- --nocapture

# The raise and clear protocol, model-checked in its larger worlds too.
model:
    LOCKSTEP_LONG=1 cargo test --release -p lockstep-model -- --nocapture

# N of the model's traces, chosen at random, replayed against the real code.
simulate n="10000" seed=`date +%s`:
    LOCKSTEP_TRACE={{seed}} LOCKSTEP_TRACES={{n}} cargo test --release -p lockstep-tests --test simulation -- --nocapture

# Every planted bug, each of which a test must catch.
planted:
    tests/mutants --all
    cd tests/browser && npm run mutants

# 2,000 clients, 50 calls: how long until the last screen shows it.
load clients="2000" calls="50":
    cargo build --release --workspace --bins --examples
    cargo run --release -p lockstep-tests --example load -- --clients {{clients}} --calls {{calls}}

# Two instances over PostgreSQL and Redis, and clients of both: calls each way, one killed, everybody back.
instances clients="5000" calls="50":
    cargo build --release --workspace --bins --examples
    cargo run --release -p lockstep-tests --example instances -- --clients {{clients}} --calls {{calls}}

# The same with a receipt of every client for every alert: what they cost, and how they are kept.
receipts clients="2000" calls="20":
    cargo build --release --workspace --bins --examples
    cargo run --release -p lockstep-tests --example load -- --clients {{clients}} --calls {{calls}} --receipts 1

# 300 calls at once on a campus with 500 clients (L2).
calls calls="300" clients="500":
    cargo build --release --workspace --bins
    LOCKSTEP_CALLS={{calls}} LOCKSTEP_CLIENTS={{clients}} cargo test --release -p lockstep-tests --test wire -- --nocapture l2_hundreds

# Floods of sockets, frames and fragments: how long a call takes beside each (a second at most, for a release),
# and what memory grows by.
floods:
    cargo build --release --workspace --bins
    cargo test --release -p lockstep-tests --test wire -- --nocapture --test-threads=1 floods

# The refusal of an ordinary PIN against that of a duress PIN, timed (A4).
duress tries="1000":
    cargo build --workspace --bins
    LOCKSTEP_TRIES={{tries}} cargo test -p lockstep-tests --test wire -- --nocapture a4_the_two_refusals_take_the_same_time

# The rosters of so many students, taken while calls are answered.
rosters students="200000":
    cargo build --release --workspace --bins
    LOCKSTEP_STUDENTS={{students}} cargo test --release -p lockstep-tests --test wire -- --nocapture p2_rosters

# The wire's schema and the descriptions of routes and socket anew, and the pages' types from the schema.
wire:
    UPDATE_SCHEMA=1 cargo test --workspace --features lockstep-rules/schema --test schema --test described
    cd tests/browser && npm ci && UPDATE_WIRE=1 npm run types

# As people of six roles, so many made-up requests for each route, beside what the description's bounds bring forth.
asked examples="30" seed=`date +%s`:
    ORACLE_ASKED="{{examples}} {{seed}}" tests/oracle/run

# Whatever comes in from elsewhere, broken in so many times as many ways as `tests/run` tries: of one
# target (`a3_lists`, `scripts`, `t2_notes` and the like) or, with no name, of all.
fuzz target="" times="100" seed=`date +%s`:
    LOCKSTEP_SEED={{seed}} LOCKSTEP_TRIES={{times}} cargo test -p lockstep-fuzz --test short -- --nocapture {{target}}

# The same led by coverage, for so many seconds: of one target (`lists`, `script`, `note` and the like). What
# breaks it is below `target/guided/found`; once mended, it goes to `tests/fuzz/corpus`.
guided target seconds="600":
    mkdir -p target/guided/found
    LOCKSTEP_TARGET={{target}} LOCKSTEP_CORPUS=target/guided/{{target}} CARGO_TARGET_DIR=target/guided \
    RUSTFLAGS="--cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares" \
    cargo run --release --target `rustc -vV | sed -n 's/^host: //p'` -p lockstep-fuzz --features guided --bin guided -- \
        target/guided/{{target}} -max_total_time={{seconds}} -max_len=65536 -rss_limit_mb=2048 -timeout=10 -artifact_prefix=target/guided/found/{{target}}-

# Licences and advisories (needs cargo-deny).
deny:
    cargo deny check

# Pictures of every face in every posture, size, theme and language, for people to look at.
pictures folder="target/pictures" size="" language="":
    cargo build --workspace --bins
    cd tests/browser && npm ci --silent --no-audit --no-fund
    cd tests/browser && LOCKSTEP_SERVER_BIN={{justfile_directory()}}/target/debug/lockstep-server node pictures.mjs {{justfile_directory()}}/{{folder}} {{size}} {{language}}

# From a call that is accepted until the glass of each face has changed.
glass tries="40":
    cargo build --release --workspace --bins
    cd tests/browser && npm ci --silent --no-audit --no-fund
    cd tests/browser && LOCKSTEP_SERVER_BIN={{justfile_directory()}}/target/release/lockstep-server node glass.mjs {{tries}}

# 500 rooms acknowledge within a second: the longest frame of the command page.
fluid tries="5":
    cargo build --release --workspace --bins
    cd tests/browser && npm ci --silent --no-audit --no-fund
    cd tests/browser && LOCKSTEP_SERVER_BIN={{justfile_directory()}}/target/release/lockstep-server node fluid.mjs {{tries}}
