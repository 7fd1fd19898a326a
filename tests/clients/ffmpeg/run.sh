#!/usr/bin/env bash
# ffmpeg's Vulkan filters (Debian's ffmpeg): each on this driver, on lavapipe, and as the filter of the same name that runs on
# the processor without Vulkan. PSNR to lavapipe must be 55 dB or more. To the processor's filter it must be what lavapipe has
# too: the pairs round and treat edges differently, and this ffmpeg's flips and transpositions are off by one texel.
. "$(dirname "$0")/../client.sh"
need ffmpeg libvulkan1 vulkan-validationlayers mesa-vulkan-drivers
need_driver

frames=6
inputs=(-f lavfi -i "testsrc2=s=320x180:r=5" -f lavfi -i "mandelbrot=s=320x180:r=5")

# What frames of a graph come out as: render MANIFEST|processor NAME FORMAT GRAPH
render() {
    local manifest=$1 name=$2 format=$3 graph=$4 log
    if [ "$manifest" = processor ]; then
        log=$work/$name.processor.log
        timeout 60 ffmpeg -nostdin -hide_banner -v error -y "${inputs[@]}" -filter_complex "$graph" -frames:v $frames -pix_fmt "$format" \
            -f rawvideo "$work/$name.processor.raw" > "$log" 2>&1
    else
        local who=lavapipe
        if [ "$manifest" = "$icd" ]; then who=shaderjit; fi
        log=$work/$name.$who.log
        LIMIT=120 on_driver "$manifest" "$log" ffmpeg -nostdin -hide_banner -v warning -y -init_hw_device vulkan=vk:0 -filter_hw_device vk \
            "${inputs[@]}" -filter_complex "$graph" -frames:v $frames -f rawvideo "$work/$name.$who.raw"
    fi
}

# psnr FILE FILE FORMAT SIZE: decibels between two raw videos, "inf" when they are the same.
psnr() {
    ffmpeg -nostdin -hide_banner -f rawvideo -pix_fmt "$3" -s "$4" -i "$1" -f rawvideo -pix_fmt "$3" -s "$4" -i "$2" -lavfi psnr -f null - 2>&1 \
        | sed -n 's/.*PSNR.*average:\([0-9.a-z]*\).*/\1/p'
}
at_least() { [ "$1" = inf ] || { [ -n "$1" ] && awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 >= b + 0) }'; }; }

# check NAME FORMAT SIZE GRAPH [PROCESSOR_DB PROCESSOR_GRAPH]; UP and DOWN in the graph stand for upload and download.
check() {
    local name=$1 format=$2 size=$3 graph=$4 floor=${5:-} processor=${6:-} db
    graph=${graph//UP/format=$format,hwupload}
    graph=${graph//DOWN/hwdownload,format=$format}
    if ! render "$icd" "$name" "$format" "$graph"; then
        tail -4 "$work/$name.shaderjit.log"
        fail "$name"
        return
    fi
    if ! render "$lavapipe" "$name" "$format" "$graph"; then fail "$name: lavapipe does not run it"; return; fi
    db=$(psnr "$work/$name.shaderjit.raw" "$work/$name.lavapipe.raw" "$format" "$size")
    if at_least "$db" 55; then
        pass "$name: $db dB to lavapipe"
    else
        # Lavapipe gives other frames from run to run where this ffmpeg leaves two inputs unsynchronized: any of five may
        # agree, and where they do not agree with each other, the processor's filter has to be the judge.
        local varies=
        for _ in 1 2 3 4; do
            cp "$work/$name.lavapipe.raw" "$work/$name.lavapipe-before.raw"
            render "$lavapipe" "$name" "$format" "$graph"
            at_least "$(psnr "$work/$name.lavapipe-before.raw" "$work/$name.lavapipe.raw" "$format" "$size")" 55 || varies=yes
            db=$(psnr "$work/$name.shaderjit.raw" "$work/$name.lavapipe.raw" "$format" "$size")
            if at_least "$db" 55; then break; fi
        done
        if at_least "$db" 55; then
            pass "$name: $db dB to lavapipe, whose frames vary"
        elif [ -n "$processor" ] && [ -n "$varies" ]; then
            echo "unsure   $name: lavapipe's frames vary"
        else
            fail "$name: ${db:-nothing} dB to lavapipe"
        fi
    fi
    if [ -n "$processor" ]; then
        render processor "$name" "$format" "$processor"
        db=$(psnr "$work/$name.shaderjit.raw" "$work/$name.processor.raw" "$format" "$size")
        if at_least "$db" "$floor"; then pass "$name: $db dB to the processor's filter"; else fail "$name: ${db:-nothing} dB to the processor's filter, not $floor"; fi
    fi
    if complaints "$work/$name.shaderjit.log"; then fail "$name: the validation layer complains"; fi
}

check copy yuv420p 320x180 "[0]UP,DOWN" inf "[0]format=yuv420p"
check scale yuv420p 200x120 "[0]UP,scale_vulkan=w=200:h=120,DOWN" 20 "[0]format=yuv420p,scale=200:120:flags=bilinear"
check scale-up yuv420p 500x300 "[0]UP,scale_vulkan=w=500:h=300,DOWN" 25 "[0]format=yuv420p,scale=500:300:flags=bilinear"
check scale-nearest yuv420p 200x120 "[0]UP,scale_vulkan=w=200:h=120:scaler=nearest,DOWN" 15 "[0]format=yuv420p,scale=200:120:flags=neighbor"
check scale-10-bit yuv420p10le 200x120 "[0]UP,scale_vulkan=w=200:h=120,DOWN" 20 "[0]format=yuv420p10le,scale=200:120:flags=bilinear"
check scale-nv12 nv12 200x120 "[0]UP,scale_vulkan=w=200:h=120,DOWN" 20 "[0]format=nv12,scale=200:120:flags=bilinear"
# One plane, and whole workgroups: this ffmpeg's avgblur_vulkan has no barrier between planes, and leaves workgroup memory
# unwritten beyond the edge, so that other frames are anyone's guess.
check avgblur rgba 320x192 "[0]scale=320:192,UP,avgblur_vulkan=sizeX=5:sizeY=5,DOWN" 18 "[0]scale=320:192,format=rgba,avgblur=sizeX=5:sizeY=5"
check avgblur-tall rgba 320x192 "[0]scale=320:192,UP,avgblur_vulkan=sizeX=3:sizeY=9,DOWN" 18 "[0]scale=320:192,format=rgba,avgblur=sizeX=3:sizeY=9"
check gblur yuv420p 320x180 "[0]UP,gblur_vulkan=sigma=2,DOWN" 20 "[0]format=yuv420p,gblur=sigma=2"
check hflip yuv420p 320x180 "[0]UP,hflip_vulkan,DOWN" 20 "[0]format=yuv420p,hflip"
check vflip yuv420p 320x180 "[0]UP,vflip_vulkan,DOWN" 20 "[0]format=yuv420p,vflip"
check flip yuv420p 320x180 "[0]UP,flip_vulkan,DOWN" 20 "[0]format=yuv420p,hflip,vflip"
for direction in cclock_flip clock cclock clock_flip; do
    check transpose-$direction yuv420p 180x320 "[0]UP,transpose_vulkan=dir=$direction,DOWN" 20 "[0]format=yuv420p,transpose=dir=$direction"
done
check chromaber yuv420p 320x180 "[0]UP,chromaber_vulkan=dist_x=2:dist_y=-1,DOWN"
check overlay yuv420p 320x180 "[0]UP[a];[1]UP,hflip_vulkan,scale_vulkan=w=100:h=80[b];[a][b]overlay_vulkan=x=20:y=30,DOWN" 20 \
    "[0]format=yuv420p[a];[1]format=yuv420p,hflip,scale=100:80:flags=bilinear[b];[a][b]overlay=x=20:y=30"
for mode in normal multiply; do
    check blend-$mode yuv420p 320x180 "[0]UP[a];[1]UP[b];[a][b]blend_vulkan=all_mode=$mode,DOWN" 20 \
        "[0]format=yuv420p[a];[1]format=yuv420p[b];[a][b]blend=all_mode=$mode"
done
finish
