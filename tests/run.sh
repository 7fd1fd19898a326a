#!/usr/bin/env bash
# Builds everything and runs all tests; needs the .NET SDK and nothing else. As root it installs the Debian packages
# that tests use; else those tests that lack one are skipped, and say so.
#
#   tests/run.sh               what continuous integration runs
#   SHADERJIT_SOAK=1 tests/run.sh   the same with the long forms of the storms and mutations
#   SHADERJIT_CONFORMANCE_DATA=DIR tests/run.sh   and the AmberScript files in DIR
#
# The last line is "N passed, N failed, N skipped"; the exit code is 0 when none failed.
set -u -o pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# What the caller has set must not change what is tested.
unset VK_DRIVER_FILES VK_ICD_FILENAMES VK_INSTANCE_LAYERS SHADERJIT_OOB SHADERJIT_TIMEOUT_MS SHADERJIT_LANES SHADERJIT_LOG
out=$PWD/out/tests
icd=$PWD/out/icd/shaderjit_icd.json
lavapipe=/usr/share/vulkan/icd.d/lvp_icd.x86_64.json
layer=/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json
passed=0 failed=0 skipped=0
rm -rf "$out"
mkdir -p "$out"

say() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }
pass() { passed=$((passed + 1)); echo "passed   $*"; }
fail() { failed=$((failed + 1)); echo "FAILED   $*"; }
skip() { skipped=$((skipped + 1)); echo "skipped  $*"; }
finish() {
    printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
    exit
}

# ---- What the machine lacks

packages=(gcc libc6-dev binutils zlib1g-dev                                # linking the driver; the C host of tests/Icd
    libvulkan1 libvulkan-dev vulkan-tools vulkan-validationlayers          # loader, headers, vulkaninfo, the judge
    mesa-vulkan-drivers                                                    # lavapipe, to compare with
    glslang-tools glslc spirv-tools spirv-headers                          # shaders, and inputs of the generators
    libspirv-cross-c-shared0)                                              # SPIRV-Cross, the judge of our reflection
if command -v dpkg-query > /dev/null; then
    missing=()
    for package in "${packages[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    if [ "${#missing[@]}" -gt 0 ]; then
        if [ "$(id -u)" -eq 0 ]; then
            say "install ${missing[*]}"
            { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
                > "$out/install.log" 2>&1 || { tail -5 "$out/install.log"; echo "could not install all of them: tests that need them are skipped"; }
        else
            say "not installed, and only root can: ${missing[*]}; tests that need them are skipped"
        fi
    fi
fi

# ---- Build

# One compiler process for all projects, of this run's own, instead of one for each: with the analyzers, starting is most
# of what a small project costs. It ends with this script.
compiler=shaderjit-tests-$$
stop_compiler() {
    local process
    for process in /proc/[0-9]*; do
        if grep -qa -e "-pipename:$compiler" "$process/cmdline" 2> /dev/null; then kill "${process#/proc/}" 2> /dev/null; fi
    done
}
trap stop_compiler EXIT
server="-p:UseSharedCompilation=true -p:SharedCompilationId=$compiler"

say "build"
if ! dotnet build ShaderJit.sln -c Release $server -v q -clp:"ErrorsOnly;Summary" > "$out/build.log" 2>&1; then
    cat "$out/build.log"
    fail "build"
    finish
fi
pass "build"

say "publish the driver"
if command -v gcc > /dev/null; then
    if dotnet publish driver/Icd -c Release -o out/icd $server -v q > "$out/publish.log" 2>&1; then
        pass "publish"
    else
        cat "$out/publish.log"
        fail "publish"
    fi
    unexpected=$(ls out/icd | grep -v -x -e libshaderjit.so -e shaderjit_icd.json || true)
    if [ -z "$unexpected" ]; then pass "out/icd holds the library and its manifest"; else fail "out/icd holds more: $unexpected"; fi
else
    skip "publish: needs gcc"
fi

# ---- The test projects

# Adds the counters of a project's .trx file. A run that died has none, or an exit code that they do not explain.
count_project() {
    local name=$1 code=$2 counters total executed ok bad
    counters=$(grep -o '<Counters [^>]*' "$out/$name.trx" 2> /dev/null | head -1)
    total=$(sed -n 's/.* total="\([0-9]*\)".*/\1/p' <<< "$counters")
    executed=$(sed -n 's/.* executed="\([0-9]*\)".*/\1/p' <<< "$counters")
    ok=$(sed -n 's/.* passed="\([0-9]*\)".*/\1/p' <<< "$counters")
    bad=$(sed -n 's/.* failed="\([0-9]*\)".*/\1/p' <<< "$counters")
    if [ "$code" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then bad=$((${bad:-0} + 1)); fi
    passed=$((passed + ${ok:-0}))
    failed=$((failed + ${bad:-0}))
    skipped=$((skipped + ${total:-0} - ${executed:-0}))
    echo "$name: ${ok:-0} passed, ${bad:-0} failed, $((${total:-0} - ${executed:-0})) skipped"
    if [ "$code" -ne 0 ]; then grep -v -e '^ *$' -e 'Passed ' "$out/$name.log" | tail -60; fi
    if [ "$((${total:-0} - ${executed:-0}))" -gt 0 ]; then grep -E '\[SKIP\]|^ *Skipped ' "$out/$name.log" | sort -u; fi
}

run_project() {
    local name=$1 dll
    dll=$(ls tests/"$name"/bin/Release/*/ShaderJit."$name".Tests.dll 2> /dev/null | head -1)
    if [ -z "$dll" ]; then
        echo "no assembly" > "$out/$name.log"
        return 1
    fi
    timeout "${SHADERJIT_TEST_LIMIT:-1800}" dotnet test "$dll" --logger "trx;LogFileName=$name.trx" \
        --logger "console;verbosity=normal" --results-directory "$out" > "$out/$name.log" 2>&1
}

# Some tests measure time, so they have the machine for themselves; the others run two at a time.
alone="Sandbox Icd Vulkan"
together=""
for project in tests/*/*.csproj; do
    grep -q 'Microsoft.NET.Test.Sdk' "$project" || continue
    name=$(basename "$(dirname "$project")")
    case " $alone " in *" $name "*) ;; *) together="$together $name" ;; esac
done

say "tests:$together"
printf '%s\n' $together | (
    export -f run_project
    export out
    xargs -P 2 -I{} bash -c 'run_project {}; echo $? > "$out/{}.code"'
)
for name in $together; do count_project "$name" "$(cat "$out/$name.code")"; done
for name in $alone; do
    say "tests: $name"
    run_project "$name"
    count_project "$name" $?
done

# ---- Random modules: the oracle against the code for 8 and for 16 lanes

fuzz() {
    local title=$1 log="$out/fuzz-${1// /-}.log"
    shift
    if timeout 1200 dotnet tests/Fuzz/bin/Release/net10.0/ShaderJit.Fuzz.dll "$@" --out "$out/fuzz" > "$log" 2>&1; then
        pass "$title: $(tail -1 "$log")"
    else
        tail -30 "$log"
        fail "$title"
    fi
}

say "fuzz"
fuzz "random modules" run --count 2000
fuzz "reconvergence" reconvergence --count 1000
fuzz "changed modules" mutate --count 1000 tests/Filetests/kernels tests/Filetests/images tests/Filetests/lowering
if [ -e "$lavapipe" ]; then
    fuzz "random modules and lavapipe" run --count 150 --seed 100000 --icd "$lavapipe"
else
    skip "random modules and lavapipe: needs mesa-vulkan-drivers"
fi

# ---- Conformance cases: those of the repository on the published driver, and all that SHADERJIT_CONFORMANCE_DATA names

conformance() {
    local title=$1 log="$out/conformance-${1// /-}.log"
    shift
    if timeout 1800 dotnet tests/Conformance/bin/Release/net10.0/ShaderJit.Conformance.dll run "$@" --cache "$out/shaders" > "$log" 2>&1; then
        pass "$title: $(tail -1 "$log")"
    else
        cat "$log"
        fail "$title"
    fi
}

say "conformance"
good=(--exclude wrong --exclude malformed --exclude bad_ --exclude buffers_ --exclude colors_ --exclude no_assembly --exclude expect_fail_holds)
if [ -e /usr/lib/x86_64-linux-gnu/libvulkan.so.1 ] && [ -e "$icd" ]; then
    conformance "cases of the repository through the loader" tests/Filetests/amber "${good[@]}" --icd "$icd"
else
    skip "cases of the repository through the loader: needs libvulkan1 and the published driver"
fi
if [ -n "${SHADERJIT_CONFORMANCE_DATA:-}" ]; then
    conformance "conformance data in process" "$SHADERJIT_CONFORMANCE_DATA"
    conformance "conformance data in process at 8 lanes" "$SHADERJIT_CONFORMANCE_DATA" --lanes 8
    if [ -e "$icd" ]; then conformance "conformance data through the loader" "$SHADERJIT_CONFORMANCE_DATA" --icd "$icd"; fi
fi

# ---- Each kernel on the published driver, at both widths, and on lavapipe, by the same host code

# Prints a line per kernel, "NAME right" or "NAME WRONG".
check_kernels() {
    local title=$1
    shift
    local log="$out/kernels-$title.log" right wrong code=0
    timeout 600 env "$@" dotnet tests/Bench/bin/Release/net*/ShaderJit.Bench.dll check --driver loader $options > "$log" 2>&1 || code=$?
    right=$(grep -c ' right ' "$log")
    wrong=$(grep -c ' WRONG ' "$log")
    if [ "$code" -ne 0 ] && [ "$wrong" -eq 0 ]; then wrong=1; fi
    passed=$((passed + right))
    failed=$((failed + wrong))
    echo "$title: $right kernels right, $wrong wrong"
    if [ "$wrong" -gt 0 ]; then cat "$log"; fi
}

say "kernels through the loader"
if [ -e /usr/lib/x86_64-linux-gnu/libvulkan.so.1 ] && [ -e "$icd" ]; then
    options=""
    check_kernels shaderjit VK_DRIVER_FILES="$icd"
    check_kernels shaderjit-8-lanes VK_DRIVER_FILES="$icd" SHADERJIT_LANES=8
    options="--optimized"
    check_kernels shaderjit-optimized VK_DRIVER_FILES="$icd"
    check_kernels shaderjit-8-lanes-optimized VK_DRIVER_FILES="$icd" SHADERJIT_LANES=8
    options=""
    if [ -e "$lavapipe" ]; then check_kernels lavapipe VK_DRIVER_FILES="$lavapipe"; else skip "kernels on lavapipe: needs mesa-vulkan-drivers"; fi
else
    skip "kernels through the loader: needs libvulkan1 and the published driver"
fi

# ---- What the sandbox costs: the benchmark's own copies of the driver, which can leave it out, still give right results

say "the driver without its sandbox, for the benchmark"
log=$out/cost.log
if dotnet build tests/Bench -c Release -p:ShaderJitCost=true $server -v q -clp:"ErrorsOnly" > "$log" 2>&1 \
    && timeout 600 dotnet tests/Bench/bin/Cost/Release/net*/ShaderJit.Bench.dll cost --rounds 0 >> "$log" 2>&1; then
    pass "kernels with and without bounds, confinement and verification"
else
    cat "$log"
    fail "kernels with and without bounds, confinement and verification"
fi

# ---- The samples, in process and through the loader under the validation layer

sample() {
    local title=$1 name=$2 log
    shift 2
    log="$out/sample-${title// /-}.log"
    if ! timeout 300 dotnet "samples/$name/bin/Release/net10.0/$name.dll" "$@" > "$log" 2>&1; then
        cat "$log"
        fail "$title"
    elif grep -q -i -e 'VUID-' -e 'validation error' -e 'validation warning' "$log"; then
        cat "$log"
        fail "$title: the validation layer complains"
    elif ! grep -q '^device   ShaderJit ' "$log"; then
        cat "$log"
        fail "$title: ran on another device"
    else
        pass "$title"
    fi
}

# A PNG file of a size in pixels.
is_picture() {
    local file=$1 width=$2 height=$3
    [ "$(od -An -N4 -j16 -tu4 --endian=big "$file" 2> /dev/null | tr -d ' ')" = "$width" ] \
        && [ "$(od -An -N4 -j20 -tu4 --endian=big "$file" | tr -d ' ')" = "$height" ]
}

samples() {
    local where=$1
    shift
    sample "VectorAdd $where" VectorAdd "$@"
    sample "Mandelbrot $where" Mandelbrot --out "$out/mandelbrot-$where.png" "$@"
    sample "RayMarch $where" RayMarch --passes 2 --out "$out/raymarch-$where.png" "$@"
    # Behind the loader the environment tells the driver what --limit and DeviceSettings tell it in process.
    SHADERJIT_OOB=trap SHADERJIT_TIMEOUT_MS=1000 sample "Faults $where" Faults "$@"
    if is_picture "$out/mandelbrot-$where.png" 1024 1024; then pass "Mandelbrot's picture"; else fail "Mandelbrot's picture"; fi
    if is_picture "$out/raymarch-$where.png" 1280 720; then pass "RayMarch's picture"; else fail "RayMarch's picture"; fi
    if [ "$(grep -c ErrorDeviceLost "$out/sample-Faults-$where.log")" -eq 4 ]; then
        pass "Faults: four reports"
    else
        cat "$out/sample-Faults-$where.log"
        fail "Faults: four reports"
    fi
}

say "samples"
samples in-process
if [ -e "$layer" ] && [ -e "$icd" ]; then
    export VK_DRIVER_FILES=$icd VK_INSTANCE_LAYERS=VK_LAYER_KHRONOS_validation
    samples through-the-loader --driver loader
else
    skip "samples through the loader: needs vulkan-validationlayers and the published driver"
fi

finish
