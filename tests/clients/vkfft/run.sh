#!/usr/bin/env bash
# VkFFT (Debian's libvkfft-dev): transforms of power-of-two and mixed sizes to 2^20, complex, real and two-dimensional, against a
# double-precision transform. Sizes with a prime factor above 13 are left out: this VkFFT gives zeros for them on any driver.
. "$(dirname "$0")/../client.sh"
need libvkfft-dev glslang-dev libvulkan-dev libvulkan1 vulkan-validationlayers g++
need_driver

sizes=(2 4 8 16 32 64 128 256 512 1024 2048 4096 8192 16384 32768 65536 131072 262144 524288 1048576
    3 5 7 11 13 6 15 21 77 143 1000 1001 1155 9000 15015 27000 30030 65520 100100 390625 531441 720720 823543 1000000
    r64 r1000 r4096 r65536 r1048576 64x128 120x77 210x330 1024x512)

if ! g++ -std=c++20 -O2 -w -DVKFFT_BACKEND=0 "$clients/vkfft/vkfft_check.cpp" -o "$work/vkfft_check" \
    -Wl,--start-group -lglslang -lSPIRV -lOSDependent -lMachineIndependent -lGenericCodeGen -lOGLCompiler -lHLSL \
    -lSPIRV-Tools-opt -lSPIRV-Tools -Wl,--end-group -lvulkan -lpthread > "$work/build.log" 2>&1; then
    cat "$work/build.log"
    fail "build of the host program"
    finish
fi

on_driver "$icd" "$work/vkfft.log" "$work/vkfft_check" "${sizes[@]}"
code=$?
grep -q '^device: ShaderJit' "$work/vkfft.log" || fail "ran on another device"
for size in "${sizes[@]}"; do
    line=$(grep -E "^$size +forward" "$work/vkfft.log")
    if [[ $line == *ok ]]; then pass "$line"; else fail "$size: ${line:-no result}"; fi
done
if [ "$code" -ne 0 ]; then tail -5 "$work/vkfft.log"; fail "exit code $code"; fi
if complaints "$work/vkfft.log"; then fail "the validation layer complains"; else pass "the validation layer is silent"; fi
finish
