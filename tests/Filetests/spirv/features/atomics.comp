#version 450
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { uint a[]; };
layout(set=0,binding=1) buffer B { float b[]; };

shared uint s[64]; layout(set=0,binding=3) buffer C { coherent uint c; int d; uint e[4]; } cc[2]; void main(){ uint i=gl_LocalInvocationIndex; s[i]=0; barrier(); memoryBarrierShared(); groupMemoryBarrier(); memoryBarrierBuffer(); memoryBarrier(); atomicAdd(s[i&3],a[i]); barrier(); uint x=atomicExchange(a[0],1)+atomicCompSwap(a[1],2,3)+atomicMin(a[2],4)+atomicAnd(a[3],5); atomicMax(cc[1].d,-3); a[i]=x+s[i]+a.length()+cc[0].e[i&3]; }
