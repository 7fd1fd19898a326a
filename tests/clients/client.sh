# What the scripts of the clients share; sourced by each. A client is a program that we did not write: it must run on this
# driver through the stock loader and give the right results, with the validation layer silent.
#
#   SHADERJIT_ICD   manifest of the driver to test; out/icd/shaderjit_icd.json of this repository if not set
#   VALIDATE=0      leave the validation layer out
set -u -o pipefail
clients=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$clients/../.." && pwd)
icd=${SHADERJIT_ICD:-$repository/out/icd/shaderjit_icd.json}
lavapipe=/usr/share/vulkan/icd.d/lvp_icd.x86_64.json
work=$repository/out/clients/$(basename "$(dirname "$(realpath "$0")")")
mkdir -p "$work"
passed=0 failed=0

pass() { passed=$((passed + 1)); echo "passed   $*"; }
fail() { failed=$((failed + 1)); echo "FAILED   $*"; }
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

# Debian packages that the client needs: installed when root, else the client is skipped (exit code 77).
need() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ "${#missing[@]}" -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        echo "skipped  needs ${missing[*]}"
        exit 77
    fi
    apt-get update -qq > "$work/install.log" 2>&1
    if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >> "$work/install.log" 2>&1; then
        tail -3 "$work/install.log"
        echo "skipped  could not install ${missing[*]}"
        exit 77
    fi
}

# Publishes the driver when the repository's own is asked for and not there yet.
need_driver() {
    [ -e "$icd" ] && return
    dotnet publish "$repository/driver/Icd" -c Release -o "$repository/out/icd" -v q > "$work/publish.log" 2>&1 && [ -e "$icd" ] && return
    tail -20 "$work/publish.log"
    fail "publish the driver"
    finish
}

# Runs a command on a driver: on_driver MANIFEST LOG COMMAND... The validation layer watches this driver only.
on_driver() {
    local manifest=$1 log=$2 layers=
    shift 2
    if [ "$manifest" = "$icd" ] && [ "${VALIDATE:-1}" != 0 ]; then layers=VK_LAYER_KHRONOS_validation; fi
    timeout "${LIMIT:-300}" env VK_DRIVER_FILES="$manifest" ${layers:+VK_INSTANCE_LAYERS=$layers} "$@" > "$log" 2>&1
}

# The layer's own words in a log. A client newer than the layer chains structures that the layer does not know: not our matter.
complaints() { grep -i -e 'VUID-' -e 'validation error' -e 'validation warning' "$1" | grep -v 'unknown VkStructureType' | grep -m 3 .; }
