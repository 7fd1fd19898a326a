// test: run groups=1,1,1
// Switches with fallthrough, loops with several continues and breaks, early returns from nested loops of functions.
// buffer 0 0 u32: zero*32
#version 450
layout(local_size_x = 16) in;
layout(std430, binding = 0) buffer O { uint result[]; };

uint fall(uint x) {
    uint r = 0u;
    switch (x) {
        case 1u: r += 1u;
        case 2u: r += 10u; break;
        case 3u: case 4u: return 99u;
        case 7u: r = 7u;
        default: r += 100u;
    }
    return r;
}

uint search(uint limit) {
    for (uint i = 0u; i < 10u; ++i) {
        if (i == 2u) continue;
        for (uint j = 0u; j < 10u; ++j) {
            if (j == 3u) continue;
            if (i * j == limit) return i * 10u + j;
            if (j > i + 4u) break;
        }
        if (i * i > limit + 20u) break;
    }
    return 1000u + limit;
}

void main() {
    uint x = gl_LocalInvocationID.x;
    result[x] = fall(x);
    result[16u + x] = search(x) + search(0u);
}
// expect:
// finished
// buffer 0 0 u32: 100 11 10 99 99 100 100 107 100 100 100 100 100 100 100 100 0 11 12 31 14 15 16 1007 42 1009 52 1011 34 1013 1014 35
// end
