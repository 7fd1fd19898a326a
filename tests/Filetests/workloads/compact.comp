#version 450
#extension GL_KHR_shader_subgroup_ballot : require
// The same with one atomic per subgroup, by ballot.
layout(local_size_x = 128) in;
layout(push_constant) uniform P { uint n, limit; } p;
layout(std430, binding = 0) readonly buffer S { uint src[]; };
layout(std430, binding = 1) buffer C { uint count; };
layout(std430, binding = 2) writeonly buffer D { uint dst[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    bool keep = i < p.n && src[i] < p.limit;
    uvec4 votes = subgroupBallot(keep);
    uint first = 0;
    if (subgroupElect())
        first = atomicAdd(count, subgroupBallotBitCount(votes));
    first = subgroupBroadcastFirst(first);
    if (keep)
        dst[first + subgroupBallotExclusiveBitCount(votes)] = i;
}
