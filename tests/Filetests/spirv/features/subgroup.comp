#version 450
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_vote : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_KHR_shader_subgroup_shuffle_relative : require
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { uint a[]; };
layout(set=0,binding=1) buffer B { float b[]; };
void main(){ uint i=gl_GlobalInvocationID.x; uint x=subgroupAdd(a[i]); x+=subgroupInclusiveMax(a[i]); x+=subgroupExclusiveXor(a[i]); if(subgroupAll(x>3)) x++; if(subgroupAny(x>3)) x++; if(subgroupAllEqual(b[i])) x++; uvec4 m=subgroupBallot(x>7); x+=subgroupBallotBitCount(m)+subgroupBallotExclusiveBitCount(m)+subgroupBallotFindLSB(m); if(subgroupInverseBallot(m)||subgroupBallotBitExtract(m,3)) x++; x=subgroupShuffle(x,i)+subgroupShuffleXor(x,1)+subgroupShuffleUp(x,1)+subgroupShuffleDown(x,2); x+=subgroupBroadcast(x,3)+subgroupBroadcastFirst(x); if(subgroupElect()) x++; subgroupBarrier(); subgroupMemoryBarrier(); x+=gl_SubgroupSize+gl_SubgroupID+gl_NumSubgroups+gl_SubgroupInvocationID+gl_SubgroupGeMask.x; b[i]=subgroupMul(vec3(b[i])).y; a[i]=x+uint(subgroupOr(x>4?1u:0u)); }
