# Recipes: `just` lists them. Each is one command that also works by hand.

# List the recipes
default:
    @just --list

# Every check there is, as the build service runs it
ci:
    .ci/run

# Run the shop with the settings in .env
run *ARGS:
    set -a; . ./.env; set +a; cargo run --release -- {{ARGS}}

# A shop to play with: no keys, no accounts
demo *ARGS:
    cargo run --release -- demo {{ARGS}}

# Tests whose name holds NAME, or all
test NAME="":
    cargo test --locked {{NAME}}

# The store's contract on PostgreSQL; fails when PostgreSQL is not installed
pg:
    KIOSK_TEST_POSTGRES=required cargo test --locked --test it postgres::

# Licences, bans and sources of all dependencies, and known advisories
audit:
    cargo deny check
