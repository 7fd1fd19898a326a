#!/usr/bin/env bash
# The whole benchmark: publishes the driver, builds the C program for the cold start, fetches the peers, measures all in
# interleaved rounds, and writes docs/performance.json and docs/performance.svg. Wants a machine with nothing else to do.
#
#   tests/Bench/run.sh [arguments of "run", such as --limit PROGRAM --rounds 9 --kernel saxpy triad]
set -eu
cd "$(dirname "$0")/../.."
dotnet publish driver/Icd -c Release -o out/icd -v q
dotnet build tests/Bench -c Release -v q
mkdir -p out/bench
gcc -O2 -o out/bench/cold tests/Bench/cold.c -ldl
read -r -a peers <<< "$(tests/Bench/peers.sh out/bench/peers | tr '\n' ' ')"
dotnet tests/Bench/bin/Release/net*/ShaderJit.Bench.dll run --icd out/icd/shaderjit_icd.json "${peers[@]}" --variants \
    --cold out/bench/cold --json docs/performance.json --svg docs/performance.svg "$@"
