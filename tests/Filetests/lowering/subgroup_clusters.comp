// test: machine
// Clusters and quads, in all and in divergent flow; what is told does not depend on the number of lanes.
// buffer 0 0 u32: 3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3
// buffer 0 1 u32: zero*16
// buffer 0 2 u32: zero*16
// buffer 0 3 f32: zero*16
#version 450
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_clustered : require
#extension GL_KHR_shader_subgroup_quad : require
#extension GL_KHR_shader_subgroup_vote : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_KHR_shader_subgroup_shuffle_relative : require
layout(local_size_x = 16) in;
layout(std430, binding = 0) readonly buffer I { uint v[]; };
layout(std430, binding = 1) buffer A { uint a[]; };
layout(std430, binding = 2) buffer B { uint b[]; };
layout(std430, binding = 3) buffer C { float c[]; };
void main() {
    uint i = gl_LocalInvocationID.x, x = v[i];
    uint sum = subgroupClusteredAdd(x, 4) * 100 + subgroupClusteredMax(x, 2);
    sum = sum * 100 + subgroupClusteredXor(x, 8);
    bool odd = subgroupClusteredOr((x & 1) == 1, 2);
    a[i] = sum * 10 + (odd ? 1 : 0);
    uint q = subgroupQuadBroadcast(x, 2);
    if (x > 3) {
        q = q * 10 + subgroupQuadSwapHorizontal(x);
        q = q * 10 + subgroupQuadSwapVertical(x);
        q = q * 10 + subgroupQuadSwapDiagonal(x);
        q = q * 100 + subgroupClusteredAdd(x, 4);
    } else {
        q += 1000 * subgroupShuffleXor(i, 1);
    }
    b[i] = q;
    float f = float(x) * 0.5;
    for (uint k = 0; k < x; k++) {
        if (k == 4)
            break;
        f += subgroupClusteredMin(float(k + i), 4);
    }
    c[i] = f + subgroupClusteredMul(float(x & 3) + 1, 4);
    // Clusters that no subgroup is large enough for: the code is there, and is not run.
    if (gl_SubgroupSize >= 64)
        a[i] = subgroupClusteredAdd(x, 64);
    if (gl_SubgroupSize >= 128)
        a[i] = subgroupClusteredAdd(x, 128);
}
// expect:
// finished
// buffer 0 0 u32: 3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3
// buffer 0 1 u32: 903151 903151 904151 904151 2209151 2209151 2206150 2206150 2105151 2105151 2108151 2108151 2809151 2809151 2809151 2809151
// buffer 0 2 u32: 1004 4 400004 4 290620 256020 2 209520 505818 5 585018 550518 979025 990925 909725 9
// buffer 0 3 f32: 20.5 16.5 26.0 16.5 60.5 62.5 46.0 61.0 56.5 44.5 56.5 58.0 122.5 121.5 122.5 104.5
// end
