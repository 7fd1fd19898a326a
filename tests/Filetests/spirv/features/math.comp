#version 450
layout(local_size_x=64) in;
layout(set=0,binding=0) buffer A { uint a[]; };
layout(set=0,binding=1) buffer B { float b[]; };

void main(){ uint i=gl_GlobalInvocationID.x; float x=b[i]; int e; float fr=frexp(x,e); float ip; float m=modf(x,ip); uint c; uint s=uaddCarry(a[i],a[i+1],c); uint hi,lo; umulExtended(s,c,hi,lo); vec3 v=vec3(x,m,fr); v=normalize(cross(v,v.zxy)); v=reflect(v,v.yxz)+refract(v,v,0.5)+faceforward(v,v,v); b[i]=ldexp(x,e)+length(v)+distance(v,v.yyy)+dot(v,v)+smoothstep(0,1,x)+mix(x,m,0.3)+clamp(x,0,1)+step(x,m)+fma(x,x,x)+pow(x,2)+exp2(x)+atan(x,m)+round(x)+roundEven(x)+mod(x,3.0)+fract(x)+sign(x)+(isnan(x)?1:0)+float(isinf(x)); a[i]=bitfieldExtract(a[i],3,4)+bitfieldInsert(a[i],1u,2,3)+bitCount(a[i])+findLSB(a[i])+findMSB(a[i])+bitfieldReverse(a[i])+packUnorm4x8(v.xyzx)+packHalf2x16(v.xy)+uint(unpackHalf2x16(a[i]).x)+floatBitsToUint(x)+hi+lo+s; bvec3 bb=lessThan(v,v.yzx); if(any(bb)&&!all(not(bb))) a[i]++; int q=int(a[i])/3%5; a[i]=uint(abs(q)); vec2 w=mix(v.xy,v.yz,bb.xy); v[i%3]=w.x; b[i]+=v[q%3]; }
