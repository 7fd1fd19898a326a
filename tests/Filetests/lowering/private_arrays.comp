// test: run
// Dynamically indexed arrays of a function: lookup tables, nested ones, of structs, of bools, given to functions.
// buffer 0 0 u32: iota*16
// buffer 0 1 u32: zero*80
#version 450
layout(local_size_x = 16) in;
layout(std430, binding = 0) readonly buffer I { uint src[]; };
layout(std430, binding = 1) buffer O { uint result[]; };

const uint table[12] = uint[12](5, 4, 3, 2, 1, 0, 10, 20, 30, 40, 50, 60);
struct S { uint a; uint b[3]; bool flag; };

void fill(inout uint a[10], uint start) {
    for (uint i = 0u; i < 10u; ++i) a[i] = start + i;
}

void main() {
    uint x = gl_LocalInvocationID.x;
    result[x] = table[src[x] % 12u];

    uint grid[4][5];
    for (uint i = 0u; i < 4u; ++i)
        for (uint j = 0u; j < 5u; ++j)
            grid[i][j] = i * 10u + j;
    result[16u + x] = grid[x & 3u][x % 5u];

    S s[4];
    for (uint i = 0u; i < 4u; ++i) {
        s[i].a = i;
        s[i].flag = (i & 1u) != 0u;
        for (uint j = 0u; j < 3u; ++j) s[i].b[j] = 100u * i + j;
    }
    S one = s[x & 3u];
    result[32u + x] = one.b[x % 3u] + (one.flag ? 1000u : 0u) + one.a * 10000u;

    uint a[10];
    fill(a, x);
    uint unset[9];
    unset[x % 4u] = 77u;
    result[48u + x] = a[(x * 7u) % 10u] + 1000u * unset[4u + x % 4u];

    // Small arrays, and vectors: chains of selects. The index is beyond the end for some.
    uint small[3] = uint[3](7u, 8u, 9u);
    small[x % 3u] += 10u;
    uvec4 v = uvec4(1u, 2u, 3u, 4u);
    v[x & 3u] = 50u;
    result[64u + x] = small[x % 2u] * 100u + v[(x + 1u) & 3u];
}
// expect:
// finished
// buffer 0 0 u32: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
// buffer 0 1 u32: 5 4 3 2 1 0 10 20 30 40 50 60 5 4 3 2 0 11 22 33 4 10 21 32 3 14 20 31 2 13 24 30 0 11101 20202 31300 1 11102 20200 31301 2 11100 20201 31302 0 11101 20202 31300 0 8 6 4 12 10 8 16 14 12 10 18 16 14 22 20 1702 1803 704 801 702 803 1704 1801 702 803 704 801 1702 1803 704 801
// end
