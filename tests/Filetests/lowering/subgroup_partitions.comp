// test: machine
// Partitions of a subgroup, in all and in divergent flow; what is told does not depend on the number of lanes.
// buffer 0 0 u32: 3 1 3 1 7 1 3 7
// buffer 0 1 u32: zero*8
// buffer 0 2 u32: zero*8
// buffer 0 3 f32: zero*8
// buffer 0 4 u32: zero*8
#version 450
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_NV_shader_subgroup_partitioned : require
layout(local_size_x = 8) in;
layout(std430, binding = 0) readonly buffer I { uint v[]; };
layout(std430, binding = 1) buffer A { uint a[]; };
layout(std430, binding = 2) buffer B { uint b[]; };
layout(std430, binding = 3) buffer C { float c[]; };
layout(std430, binding = 4) buffer D { uint d[]; };
void main() {
    uint i = gl_LocalInvocationID.x, x = v[i];
    uvec4 part = subgroupPartitionNV(x);
    a[i] = part.x;
    // Lanes 0 to 7 as digits: their sum, the sum up to here, the sum before, the least and the product.
    b[i] = subgroupPartitionedAddNV(i, part) * 10000 + subgroupPartitionedInclusiveAddNV(i, part) * 100
        + subgroupPartitionedExclusiveAddNV(i, part);
    uvec4 both = subgroupPartitionNV(vec2(x == 1, i & 1));
    vec2 f = subgroupPartitionedMulNV(vec2(float(i + 1), -0.5), both);
    c[i] = f.x + f.y;
    uint r = 0;
    if (x != 1) {
        // The bits of lanes that are not here do not count.
        uvec4 all = uvec4(0xffffffff);
        r = uint(subgroupPartitionedExclusiveMinNV(int(i) - 3, all) == 0x7fffffff) * 1000
            + uint(subgroupPartitionedInclusiveMaxNV(int(i) - 3, all) + 3) * 100
            + subgroupPartitionedOrNV(x, subgroupPartitionNV(i < 4)) * 10
            + uint(subgroupPartitionedXorNV((i & 2) != 0, all));
    }
    d[i] = r;
}
// expect:
// finished
// buffer 0 0 u32: 3 1 3 1 7 1 3 7
// buffer 0 1 u32: 69 42 69 42 144 42 69 144
// buffer 0 2 u32: 80000 90100 80200 90401 110400 90904 80802 111104
// buffer 0 3 f32: 105.0625 47.875 105.0625 47.875 105.0625 47.875 105.0625 7.5
// buffer 0 4 u32: 1031 0 231 0 471 0 671 771
// end
