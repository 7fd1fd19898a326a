// test: run
// Votes, ballots, shuffles and reductions; only what does not depend on the subgroup's size.
// buffer 0 0 u32: zero*128
#version 450
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_vote : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_KHR_shader_subgroup_shuffle_relative : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_clustered : require
#extension GL_KHR_shader_subgroup_quad : require
layout(local_size_x = 16) in;
layout(std430, binding = 0) buffer O { uint r[]; };
void main() {
    uint i = gl_LocalInvocationID.x, lane = gl_SubgroupInvocationID, n = gl_SubgroupSize;
    uint checks = 0u;
    if (subgroupAll(lane < n)) checks |= 1u;
    if (subgroupAny(lane == 3u)) checks |= 2u;
    if (!subgroupAll(lane == 3u)) checks |= 4u;
    if (subgroupAllEqual(n) && !subgroupAllEqual(lane)) checks |= 8u;
    if (subgroupElect() == (lane == 0u)) checks |= 16u;
    uvec4 odd = subgroupBallot((lane & 1u) != 0u);
    if (subgroupInverseBallot(odd) == ((lane & 1u) != 0u)) checks |= 32u;
    if (subgroupBallotBitExtract(odd, 5u) && !subgroupBallotBitExtract(odd, 4u)) checks |= 64u;
    if (subgroupBallotBitCount(odd) == n / 2u) checks |= 128u;
    if (subgroupBallotInclusiveBitCount(odd) == (lane + 1u) / 2u) checks |= 256u;
    if (subgroupBallotExclusiveBitCount(odd) == lane / 2u) checks |= 512u;
    if (subgroupBallotFindLSB(odd) == 1u && subgroupBallotFindMSB(odd) == n - 1u) checks |= 1024u;
    if (subgroupMin(lane) == 0u && subgroupMax(lane) == n - 1u) checks |= 2048u;
    if (subgroupInclusiveAdd(2u) == 2u * lane + 2u && subgroupExclusiveAdd(2u) == 2u * lane) checks |= 4096u;
    if (subgroupOr(1u << lane) == subgroupAdd(1u << lane)) checks |= 8192u;
    if ((gl_SubgroupEqMask.x | gl_SubgroupLtMask.x) == gl_SubgroupLeMask.x
        && (gl_SubgroupGtMask.x ^ gl_SubgroupGeMask.x) == (1u << lane) && subgroupBallot(true).x == (gl_SubgroupLeMask.x | gl_SubgroupGtMask.x)) checks |= 16384u;
    if (subgroupMul(lane == 0u ? 3.0 : 1.0) == 3.0 && subgroupMin(float(lane) - 5.0) == -5.0) checks |= 32768u;
    r[i] = checks;
    r[16u + i] = subgroupShuffleXor(i, 1u);
    r[32u + i] = subgroupShuffle(i, lane ^ 3u);
    r[48u + i] = (i & 7u) < 2u ? 0u : i - subgroupShuffleUp(i, 2u);
    r[64u + i] = subgroupClusteredAdd(i, 4u);
    r[80u + i] = subgroupQuadBroadcast(i, 2u) + 100u * subgroupQuadSwapVertical(i);
    r[96u + i] = 0u;
    if ((i & 1u) != 0u) r[96u + i] = subgroupBroadcastFirst(lane) + 10u * subgroupClusteredMax(i, 2u);
    bvec2 first = subgroupBroadcastFirst(bvec2(lane == 0u, lane == 1u));
    r[112u + i] = uint(first.x) + 2u * uint(first.y);
}
// expect:
// finished
// buffer 0 0 u32: 65535 65535 65535 65535 65535 65535 65535 65535 65535 65535 65535 65535 65535 65535 65535 65535 1 0 3 2 5 4 7 6 9 8 11 10 13 12 15 14 3 2 1 0 7 6 5 4 11 10 9 8 15 14 13 12 0 0 2 3 2 2 2 2 0 0 10 11 2 2 2 2 6 6 6 6 22 22 22 22 38 38 38 38 54 54 54 54 202 302 2 102 606 706 406 506 1010 1110 810 910 1414 1514 1214 1314 0 11 0 31 0 51 0 71 0 91 0 111 0 131 0 151 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
// end
