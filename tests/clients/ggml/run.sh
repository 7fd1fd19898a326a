#!/usr/bin/env bash
# ggml's Vulkan backend as the npm package @node-llama-cpp/linux-x64-vulkan ships it: its operators against the same package's
# CPU backend. GGML_PACKAGE=FOLDER takes an unpacked package instead of asking npm.
. "$(dirname "$0")/../client.sh"
need libvulkan1 vulkan-validationlayers gcc libc6-dev
need_driver
package=${GGML_PACKAGE:-$work/package}
if [ ! -d "$package/bins" ]; then
    if ! command -v npm > /dev/null; then
        echo "skipped  needs npm, or GGML_PACKAGE"
        exit 77
    fi
    name=@node-llama-cpp/linux-x64-vulkan
    (cd "$work" && { npm pack "$name@3.22.1" || npm pack "$name"; } > npm.log 2>&1 && tar xzf node-llama-cpp-linux-x64-vulkan-*.tgz)
    if [ ! -d "$package/bins" ]; then
        tail -3 "$work/npm.log"
        echo "skipped  npm does not give the package"
        exit 77
    fi
fi
libraries=$package/bins/linux-x64-vulkan
if ! gcc -O2 "$clients/ggml/ggml_check.c" -o "$work/ggml_check" -ldl -lm > "$work/build.log" 2>&1; then
    cat "$work/build.log"
    fail "build of the host program"
    finish
fi

# ggml leaves out devices that are no GPU unless one is named.
export GGML_VK_VISIBLE_DEVICES=0
LIMIT=${LIMIT:-900} on_driver "$icd" "$work/ggml.log" "$work/ggml_check" "$libraries" "$@"
code=$?
grep -q 'libggml-vulkan.so *ShaderJit' "$work/ggml.log" || fail "ran on another device"
while read -r line; do
    if [[ $line == *ok ]]; then pass "$line"; else fail "$line"; fi
done < <(grep -E '(ok|WRONG)$' "$work/ggml.log")
if [ "$code" -gt 1 ]; then tail -8 "$work/ggml.log"; fail "exit code $code"; fi
if complaints "$work/ggml.log"; then fail "the validation layer complains"; else pass "the validation layer is silent"; fi
finish
