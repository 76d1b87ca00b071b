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

# A town of buyers drawn from SEED until PURCHASES invoices are paid; then the books must balance
simulate SEED PURCHASES="10000":
    KIOSK_TEST_SEED={{SEED}} KIOSK_SIM_PURCHASES={{PURCHASES}} cargo test --locked --release --test it simulation:: -- --nocapture

# The shop against its model: CASES sequences
model CASES="10000":
    PROPTEST_CASES={{CASES}} cargo test --locked --release --test it model:: -- --nocapture

# BUYERS on the last ten units, much news of one payment, two programs on one database
races BUYERS="200":
    KIOSK_RACE_BUYERS={{BUYERS}} cargo test --locked --release --test it races:: -- --nocapture

# Let the program, or the database under it, die KILLS times while people buy, on SQLite and on PostgreSQL; RATE: questions a second to the provider
crash KILLS="1000" SEED="7" RATE="40":
    KIOSK_TEST_RATE={{RATE}} KIOSK_CRASH_KILLS={{KILLS}} KIOSK_TEST_SEED={{SEED}} KIOSK_TEST_POSTGRES=required cargo test --locked --release --test it crash:: -- --nocapture

# Let every call of a purchase to the disk fail once, and kill the program at every one; needs strace
disk:
    KIOSK_DISK_CALLS=all cargo test --locked --release --test it disk:: -- --nocapture

# PURCHASES on a disk of whose calls so many of a hundred fail; needs libfiu (fiu-utils)
bad-disk PURCHASES="2000" PERCENT="5" RATE="40":
    KIOSK_TEST_RATE={{RATE}} KIOSK_DISK_PURCHASES={{PURCHASES}} KIOSK_DISK_PERCENT={{PERCENT}} cargo test --locked --release --test it disk_errors:: -- --nocapture

# Two programs on one PostgreSQL, whose connections are cut CUTS times, and of which one is frozen FREEZES times: with work in its hands, and at any moment
replicas CUTS="100" FREEZES="20":
    KIOSK_CUTS={{CUTS}} KIOSK_FREEZES={{FREEZES}} KIOSK_TEST_POSTGRES=required KIOSK_TEST_FAKETIME=required cargo test --locked --test it replicas:: -- --nocapture

# Each of PURCHASES payments told ten times, in any order, in part and never
news PURCHASES="5000":
    KIOSK_NEWS_PURCHASES={{PURCHASES}} cargo test --locked --release --test it news:: -- --nocapture

# BUYERS whose invoices were made by the provider while its answer was lost
outages BUYERS="500":
    KIOSK_OUTAGE_BUYERS={{BUYERS}} cargo test --locked --test it outages:: -- --nocapture

# BUYERS while the provider is away for an hour, and a CROWD that waits for it in real time; RATE: questions a second to it then
away BUYERS="300" CROWD="300" RATE="2":
    KIOSK_TEST_RATE={{RATE}} KIOSK_AWAY_BUYERS={{BUYERS}} KIOSK_AWAY_CROWD={{CROWD}} cargo test --locked --test it away:: -- --nocapture

# PURCHASES on machines whose clocks are ten minutes ahead and behind, and twice as many where it jumps; needs libfaketime
skewed PURCHASES="500":
    KIOSK_CLOCK_PURCHASES={{PURCHASES}} KIOSK_TEST_FAKETIME=required cargo test --locked --test it skewed:: -- --nocapture

# A long life of UPDATES and of purchases between them: the program must not grow
soak UPDATES="1000000" RATE="40":
    KIOSK_TEST_RATE={{RATE}} KIOSK_SOAK_UPDATES={{UPDATES}} cargo test --locked --release --test it soak:: -- --nocapture

# How near Kiosk comes to what the machine can do; PARTS: qr stock postbacks purchase chats start aiohttp postgres aiogram broadcast restart size, or all
bench *PARTS:
    cargo bench --locked --bench limits -- {{PARTS}}

# The program as it goes into the image, how large it is and of how many packages; takes long to build
size:
    cargo build --locked --profile dist
    cargo bench --locked --bench limits -- size

# Let a fuzzer try TARGET (a file of fuzz/fuzz_targets) for SECONDS; needs cargo-fuzz
fuzz TARGET SECONDS="180":
    cd fuzz && RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none {{TARGET}} -- -max_total_time={{SECONDS}}

# Let every door for what strangers send read INPUTS changed ones, drawn from SEED; needs no fuzzer
inputs INPUTS="1000000" SEED="1":
    KIOSK_CHANGED_INPUTS={{INPUTS}} KIOSK_TEST_SEED={{SEED}} cargo test --locked --release --test it changed_inputs -- --nocapture

# Change the rules of money, orders and delivery one by one (.cargo/mutants.toml); a test must fail each time. Needs cargo-mutants
mutants *ARGS:
    cargo mutants {{ARGS}} -- --locked --lib --test it -- domain:: postback:: settle:: settling:: money:: credit:: checkout:: delivery:: desk:: seller::
